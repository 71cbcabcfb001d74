import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { parseNetworkChange } from "../../../lib/net/ip_monitor.ts";

describe("parseNetworkChange()", () => {
  // As iproute2 6.1 wrote them.
  it("reads links", () => {
    const tail =
      "mtu 1500 qdisc noqueue state DOWN group default \\    link/ether 82:1d:39:39:5d:b3 " +
      "brd ff:ff:ff:ff:ff:ff link-netns abc";
    assert.deepEqual(
      parseNetworkChange(`[LINK]2: h0@if2: <NO-CARRIER,BROADCAST,MULTICAST,UP> ${tail}`),
      { kind: "link", interfaceName: "h0", hasCarrier: false },
    );
    assert.deepEqual(
      parseNetworkChange(`[LINK]12: eth0.5: <BROADCAST,MULTICAST,UP,LOWER_UP> ${tail}`),
      { kind: "link", interfaceName: "eth0.5", hasCarrier: true },
    );
  });

  it("reads neighbours", () => {
    const neighbour = (isKnown: boolean) => ({
      kind: "neighbour",
      interfaceName: "h0",
      address: "192.168.1.1",
      isKnown,
    });
    for (
      const [line, isKnown] of [
        ["[NEIGH]192.168.1.1 dev h0 lladdr fa:8b:a6:ab:ad:5a REACHABLE ", true],
        ["[NEIGH]192.168.1.1 dev h0 lladdr fa:8b:a6:ab:ad:5a STALE", true],
        ["[NEIGH]192.168.1.1 dev h0 lladdr 02:aa:bb:cc:dd:20 PERMANENT ", true],
        ["[NEIGH]192.168.1.1 dev h0 FAILED ", false],
        ["[NEIGH]192.168.1.1 dev h0 INCOMPLETE ", false],
        ["[NEIGH]Deleted 192.168.1.1 dev h0 lladdr fa:8b:a6:ab:ad:5a REACHABLE ", false],
      ] as const
    ) assert.deepEqual(parseNetworkChange(line), neighbour(isKnown), line);
  });

  it("notices addresses that come and go, and nothing else", () => {
    const address = "2: h0    inet 192.168.1.2/24 scope global h0\\       valid_lft forever";
    for (const line of [`[ADDR]${address}`, `[ADDR]Deleted ${address}`]) {
      assert.deepEqual(parseNetworkChange(line), { kind: "address" });
    }
    for (const line of ["", "[ROUTE]default via 10.0.0.1", "[LINK]", "[NEIGH]?", "2: h0: <UP>"]) {
      assert.equal(parseNetworkChange(line), undefined, line);
    }
  });
});
