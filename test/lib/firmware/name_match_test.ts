import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { matchNames, nameInSupportEntry } from "../../../lib/firmware/name_match.ts";

const CASES = [
  ["TP-Link Archer C7 v5", "tplink,archer-c7-v5", "same"],
  ["TP-Link Archer C7 v5", "tplink_archer-c7-v5", "same"],
  ["TP-Link Archer C7 v5", "Archer C7 v5.0.0", "same"],
  ["TP-Link Archer C7 v5", "tplink,archer-c7-v2", "other-revision"],
  ["TP-Link Archer C7", "tplink,archer-c7-v5", "same-model"],
  ["TP-Link Archer C7 v5", "tplink,archer-a7-v5", "other"],
  ["TP-Link TL-WR841ND v8", "tplink,tl-wr841-v8", "same"],
  ["TP-Link TL-WR841N v8", "tplink,tl-wr841-v10", "other-revision"],
  ["D-Link DIR-860L B1", "dlink,dir-860l-b1", "same"],
  ["D-Link DIR-860L B1", "dlink,dir-860l-a1", "other-revision"],
  ["Linksys EA6350 v3", "linksys,ea6350v3", "same"],
  ["NETGEAR Nighthawk X4S R7800", "netgear,r7800", "similar"],
  ["NETGEAR R7800", "netgear,r7500", "other"],
  ["Xiaomi Mi Router 4A Gigabit Edition", "xiaomi,mi-router-4a-gigabit", "similar"],
  ["GL.iNet GL-B1300", "glinet,gl-b1300", "same"],
  ["ZyXEL NBG6617", "zyxel,nbg6617", "same"],
  ["", "netgear,r7800", "other"],
] as const;

describe("matchNames()", () => {
  for (const [wanted, found, match] of CASES) {
    it(`says "${match}" for "${wanted}" and "${found}"`, () => {
      assert.equal(matchNames([wanted], [found]), match);
    });
  }

  it("takes the best of several names on both sides", () => {
    const names = ["Acme A-1", "TP-Link TL-WR841N v9"];
    assert.equal(matchNames(names, ["netgear,r7800", "tplink,tl-wr841-v8"]), "other-revision");
    assert.equal(matchNames(names, ["tplink,tl-wr841-v8", "tplink,tl-wr841-v9"]), "same");
    assert.equal(matchNames([], ["x"]), "other");
    assert.equal(matchNames(names, []), "other");
  });
});

describe("nameInSupportEntry()", () => {
  it("reads both spellings of TP-Link", () => {
    const fields = "{product_name:Archer C7,product_ver:5.0.0,special_id:45550000}";
    assert.equal(nameInSupportEntry(fields), "Archer C7 v5.0.0");
    assert.equal(nameInSupportEntry("CPE210(TP-LINK|EU|N300-2|45550000):2.0"), "CPE210 v2.0");
    assert.equal(nameInSupportEntry("anything else"), undefined);
  });
});
