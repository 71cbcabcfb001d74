import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { PeerPath } from "../../../lib/net/peer_path.ts";
import { RequestPace } from "../../../lib/tftp/request_pace.ts";

/** A living cable, a peer that is not there yet, a computer that was not prepared. */
const PATH: PeerPath = {
  localAddress: "192.168.1.2",
  hasCarrier: true,
  knowsPeer: false,
  searchesFailed: 0,
  searchesFast: false,
  leadsElsewhere: false,
};

const NO_CARRIER: PeerPath = { ...PATH, hasCarrier: false };
const KNOWN: PeerPath = { ...PATH, knowsPeer: true };
const FAST: PeerPath = { ...PATH, searchesFast: true };

/** Takes every turn from `from` until `until`; "time way" of each. */
function turns(pace: RequestPace, path: PeerPath | undefined, from: number, until: number) {
  const taken: string[] = [];
  for (let now = from; now <= until;) {
    const { way, nextAt } = pace.take(path, now);
    taken.push(`${now} ${way}`);
    assert.ok(nextAt > now);
    now = nextAt;
  }
  return taken;
}

describe("RequestPace", () => {
  it("asks the peer five times a second when nothing is known of the way", () => {
    assert.deepEqual(turns(new RequestPace(undefined), undefined, 0, 400), [
      ...["0 peer", "200 peer", "400 peer"],
    ]);
  });

  it("leaves one request in the system's queue and broadcasts the others", () => {
    assert.deepEqual(turns(new RequestPace(undefined), PATH, 0, 620), [
      ...["0 peer", "20 broadcast", "220 broadcast", "420 broadcast", "620 broadcast"],
    ]);
  });

  it("broadcasts nothing where others are reached by the same cable", () => {
    const shared = { leadsElsewhere: true };
    assert.deepEqual(turns(new RequestPace(undefined), { ...PATH, ...shared }, 0, 420), [
      ...["0 peer", "20 undefined", "220 undefined", "420 undefined"],
    ]);
    const pace = new RequestPace(undefined);
    assert.deepEqual(turns(pace, { ...NO_CARRIER, ...shared }, 0, 0), ["0 undefined"]);
    // Nothing has left that an answer could come to.
    assert.equal(pace.notice({ ...PATH, ...shared }, 10), 10);
  });

  it("keeps to the time it was given", () => {
    assert.deepEqual(turns(new RequestPace(500), PATH, 0, 1020).slice(1), [
      ...["20 broadcast", "520 broadcast", "1020 broadcast"],
    ]);
    assert.deepEqual(turns(new RequestPace(500), KNOWN, 0, 500), ["0 peer", "500 peer"]);
  });

  it("puts nothing in the queue while there is no link", () => {
    const pace = new RequestPace(undefined);
    assert.deepEqual(turns(pace, NO_CARRIER, 0, 200), ["0 broadcast", "200 broadcast"]);
  });

  it("asks the peer at once when the link comes up, unless a request has just left", () => {
    const pace = new RequestPace(undefined);
    turns(pace, NO_CARRIER, 0, 0);
    assert.equal(pace.notice(PATH, 130), 130);
    assert.equal(pace.take(PATH, 130).way, "peer");
    assert.equal(pace.notice(NO_CARRIER, 140), undefined);
    assert.equal(pace.notice(PATH, 141), 150);
  });

  it("asks at once when a way to the peer is there at last", () => {
    const pace = new RequestPace(undefined);
    turns(pace, undefined, 0, 0);
    assert.equal(pace.notice(NO_CARRIER, 50), undefined);
    assert.equal(pace.notice(undefined, 60), undefined);
    assert.equal(pace.notice(PATH, 70), 70);
  });

  it("lets a new search begin as soon as one has failed", () => {
    const pace = new RequestPace(undefined);
    turns(pace, PATH, 0, 2820);
    const failed = { ...PATH, searchesFailed: 1 };
    assert.equal(pace.notice(failed, 2999), 2999);
    assert.equal(pace.take(failed, 2999).way, "peer");
    assert.equal(pace.take(failed, 3019).way, "broadcast");
    // Nothing can be searched for without a link; that is made good when it comes.
    assert.equal(pace.notice({ ...NO_CARRIER, searchesFailed: 2 }, 3100), undefined);
  });

  it("searches again when the failure was not seen", () => {
    const taken = turns(new RequestPace(undefined), PATH, 0, 8500);
    assert.deepEqual(taken.filter((turn) => turn.endsWith("peer")), [
      ...["0 peer", "4020 peer", "8040 peer"],
    ]);
  });

  it("gives what left the queue time for its answer, whether told of it or not", () => {
    const pace = new RequestPace(undefined);
    turns(pace, PATH, 0, 0);
    assert.equal(pace.notice(KNOWN, 700), 720);
    assert.equal(pace.take(KNOWN, 720).way, "peer");
    const other = new RequestPace(undefined);
    turns(other, PATH, 0, 0);
    assert.deepEqual(other.take(KNOWN, 220), { way: undefined, nextAt: 240 });
    assert.deepEqual(other.take(KNOWN, 240), { way: "peer", nextAt: 320 });
  });

  it("asks a peer whose address is known twelve times a second, and at once when the link comes", () => {
    const pace = new RequestPace(undefined);
    assert.deepEqual(turns(pace, { ...KNOWN, hasCarrier: false }, 0, 160), [
      ...["0 peer", "80 peer", "160 peer"],
    ]);
    assert.equal(pace.notice(KNOWN, 200), 200);
    assert.equal(pace.notice(KNOWN, 210), undefined);
  });

  it("searches for a peer that was known and is not any more", () => {
    const pace = new RequestPace(undefined);
    turns(pace, KNOWN, 0, 0);
    assert.equal(pace.notice({ ...PATH, searchesFailed: 1 }, 50), 50);
    assert.equal(pace.take({ ...PATH, searchesFailed: 1 }, 50).way, "peer");
  });

  it("leaves a fast search, which keeps one request, to itself", () => {
    const pace = new RequestPace(undefined);
    const down = { ...FAST, hasCarrier: false };
    assert.deepEqual(turns(pace, down, 0, 200), ["0 broadcast", "200 broadcast"]);
    // It begins with the link, as it asks at once when it begins.
    assert.equal(pace.notice(FAST, 250), 250);
    assert.deepEqual(turns(pace, FAST, 250, 650), ["250 peer", "450 peer", "650 peer"]);
    assert.equal(pace.notice({ ...FAST, searchesFailed: 1 }, 700), 700);
  });

  it("is not taken in by a search that always fails at once", () => {
    const pace = new RequestPace(undefined);
    let now = 0;
    let sent = 0;
    for (let failures = 1; now < 1000; failures++) {
      const path = { ...PATH, searchesFailed: failures };
      now = Math.max(now, pace.notice(path, now) ?? now);
      if (pace.take(path, now).way === "peer") sent++;
    }
    assert.ok(sent <= 52, `${sent} requests in a second`);
  });
});
