import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { findPortOwner, parsePortOwner } from "../../../lib/net/port_owner.ts";

describe("parsePortOwner", () => {
  it("reads ss, lsof and PowerShell", () => {
    const ss = 'UNCONN 0 0 127.0.0.1:69 0.0.0.0:* users:(("in.tftpd",pid=18213,fd=4))\n';
    assert.equal(parsePortOwner("linux", ss), "in.tftpd (process 18213)");
    assert.equal(parsePortOwner("macos", "p1\nclaunchd\nf7\n"), "launchd (process 1)");
    assert.equal(parsePortOwner("windows", "tftpd64 4711\r\n"), "tftpd64 (process 4711)");
  });
  it("knows nothing where the system does not tell", () => {
    assert.equal(parsePortOwner("linux", "UNCONN 0 0 0.0.0.0:69 0.0.0.0:*\n"), undefined);
    assert.equal(parsePortOwner("macos", ""), undefined);
    assert.equal(parsePortOwner("windows", ""), undefined);
  });
});

describe("findPortOwner", () => {
  it("knows nothing where the program that would tell is missing", async () => {
    const run = () => Promise.resolve({ code: 127, stdout: "", stderr: "" });
    assert.equal(await findPortOwner({ os: "linux", run }, 69), undefined);
  });
});
