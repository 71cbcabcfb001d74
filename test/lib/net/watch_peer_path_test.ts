import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import type { FollowHandlers, LocalAddress } from "../../../lib/host/host.ts";
import { watchPeerPath } from "../../../lib/net/watch_peer_path.ts";
import { commandHost, said } from "../../support/command_host.ts";

const PEER = "192.168.1.1";
const OWN: LocalAddress = { interfaceName: "eth0", address: "192.168.1.2", prefixLength: 24 };

const TABLE = { usual: { retrans: 1000, queue: 101 }, fast: { retrans: 20, queue: 0 } };

/** A computer whose `ip` answers from a few facts that a test changes. */
function computer(os: "linux" | "macos" | "windows" = "linux") {
  const facts = {
    addresses: [OWN],
    flags: "BROADCAST,UP,LOWER_UP",
    neighbour: "",
    table: TABLE.usual,
    defaultRoute: "",
    isFollowed: false,
  };
  let handlers: FollowHandlers | undefined;
  const { host } = commandHost(os, (argv) => {
    if (argv.includes("link")) return said(`2: eth0: <${facts.flags}> mtu 1500`);
    if (argv.includes("neigh")) return said(facts.neighbour);
    if (argv.includes("route")) return said(facts.defaultRoute);
    return argv.includes("ntable") ? said(JSON.stringify([facts.table])) : undefined;
  });
  return {
    facts,
    host: {
      ...host,
      addresses: () => facts.addresses,
      follow(_argv: readonly string[], given: FollowHandlers) {
        handlers = given;
        facts.isFollowed = true;
        return () => void (facts.isFollowed = false);
      },
    },
    tell: (...lines: string[]) => handlers?.lines(lines),
    end: () => handlers?.ended(),
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function watching(made = computer(), localAddress = "0.0.0.0") {
  const watch = await watchPeerPath(made.host, PEER, localAddress);
  assert.ok(watch !== undefined);
  let changes = 0;
  watch.listen(() => changes++);
  return { ...made, watch, changes: () => changes };
}

describe("watchPeerPath()", () => {
  it("knows the way from the beginning", async () => {
    const { watch } = await watching();
    assert.deepEqual(watch.path, {
      localAddress: "192.168.1.2",
      hasCarrier: true,
      knowsPeer: false,
      searchesFailed: 0,
      searchesFast: false,
      leadsElsewhere: false,
    });
  });

  it("sees a static entry, a missing link and the preparation by setup", async () => {
    const made = computer();
    made.facts.flags = "NO-CARRIER,BROADCAST,UP";
    made.facts.neighbour = `${PEER} lladdr 02:aa:bb:cc:dd:20 PERMANENT`;
    made.facts.table = TABLE.fast;
    const { watch } = await watching(made);
    const { hasCarrier, knowsPeer, searchesFast } = watch.path!;
    assert.deepEqual([hasCarrier, knowsPeer, searchesFast], [false, true, true]);
    for (const neighbour of [`${PEER} FAILED`, `${PEER} INCOMPLETE`]) {
      made.facts.neighbour = neighbour;
      assert.equal((await watching(made)).watch.path?.knowsPeer, false);
    }
  });

  it("follows link and neighbour, of this interface and this peer only", async () => {
    const { watch, tell, changes } = await watching();
    tell("[LINK]3: wlan0: <NO-CARRIER,UP> mtu 1500", "[NEIGH]192.168.1.9 dev eth0 FAILED");
    tell(`[NEIGH]${PEER} dev wlan0 lladdr 02:aa:bb:cc:dd:20 REACHABLE`, "something else");
    assert.equal(changes(), 0);
    tell("[LINK]2: eth0: <NO-CARRIER,BROADCAST,UP> mtu 1500");
    assert.equal(watch.path?.hasCarrier, false);
    tell("[LINK]2: eth0: <BROADCAST,UP,LOWER_UP> mtu 1500");
    tell(`[NEIGH]${PEER} dev eth0 lladdr 02:aa:bb:cc:dd:20 REACHABLE`);
    assert.deepEqual([watch.path?.hasCarrier, watch.path?.knowsPeer], [true, true]);
    tell(`[NEIGH]Deleted ${PEER} dev eth0 lladdr 02:aa:bb:cc:dd:20 REACHABLE`);
    assert.deepEqual([watch.path?.knowsPeer, watch.path?.searchesFailed], [false, 1]);
    assert.equal(changes(), 4);
  });

  it("tells what came at once as one change", async () => {
    const { tell, changes } = await watching();
    tell(`[NEIGH]${PEER} dev eth0 FAILED`, "[LINK]2: eth0: <NO-CARRIER,UP> mtu 1500");
    assert.equal(changes(), 1);
  });

  it("looks at preparation and routes again after each search that failed", async () => {
    const { watch, facts, tell, changes } = await watching();
    facts.table = TABLE.fast;
    facts.defaultRoute = "default via 192.168.1.254 dev eth0 proto dhcp\n";
    tell(`[NEIGH]${PEER} dev eth0 FAILED`);
    await turn();
    assert.deepEqual([watch.path?.searchesFast, watch.path?.leadsElsewhere], [true, true]);
    const told = changes();
    tell(`[NEIGH]${PEER} dev eth0 FAILED`);
    await turn();
    assert.equal(changes(), told + 1);
  });

  it("follows its own address as it comes, goes and changes", async () => {
    const made = computer();
    made.facts.addresses = [];
    const { watch, facts, tell } = await watching(made);
    const seen = [watch.path?.localAddress];
    for (const addresses of [[OWN], []]) {
      facts.addresses = addresses;
      tell("[ADDR]2: eth0 inet 192.168.1.2/24");
      await turn();
      seen.push(watch.path?.localAddress);
    }
    assert.deepEqual(seen, [undefined, "192.168.1.2", undefined]);
  });

  it("misses nothing that is told while it looks", async () => {
    const made = computer();
    made.facts.flags = "NO-CARRIER,BROADCAST,UP";
    const starting = watching(made);
    made.tell("[LINK]2: eth0: <BROADCAST,UP,LOWER_UP> mtu 1500");
    assert.equal((await starting).watch.path?.hasCarrier, true);
  });

  it("claims nothing where routes decide, where a router lies between, and on loopback", async () => {
    const twin: LocalAddress = { ...OWN, interfaceName: "wlan0", address: "192.168.1.3" };
    const far: LocalAddress = { ...OWN, address: "10.0.0.2" };
    const loopback: LocalAddress = { interfaceName: "lo", address: "127.0.0.1", prefixLength: 8 };
    for (const addresses of [[OWN, twin], [far], [loopback], [{ ...OWN, address: PEER }]]) {
      const made = computer();
      made.facts.addresses = addresses;
      assert.equal((await watching(made)).watch.path, undefined);
    }
    const made = computer();
    made.facts.addresses = [OWN, twin];
    const { watch } = await watching(made, "192.168.1.2");
    assert.equal(watch.path?.localAddress, "192.168.1.2");
  });

  it("knows an interface by its name without the label of the address", async () => {
    const made = computer();
    made.facts.addresses = [{ ...OWN, interfaceName: "eth0:9" }];
    const { watch, tell } = await watching(made);
    tell("[LINK]2: eth0: <NO-CARRIER,UP> mtu 1500");
    assert.equal(watch.path?.hasCarrier, false);
  });

  it("knows nothing once ip has ended, and stops it when it is not needed", async () => {
    const { watch, facts, end, changes } = await watching();
    end();
    assert.equal(watch.path, undefined);
    assert.equal(changes(), 1);
    watch.stop();
    assert.equal(facts.isFollowed, false);
  });

  it("is not there on macOS and Windows", async () => {
    for (const os of ["macos", "windows"] as const) {
      const made = computer(os);
      assert.equal(await watchPeerPath(made.host, PEER, "0.0.0.0"), undefined);
      assert.equal(made.facts.isFollowed, false);
    }
  });
});
