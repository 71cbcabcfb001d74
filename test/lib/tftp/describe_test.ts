import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { describePacket } from "../../../lib/tftp/describe.ts";
import { encodePacket, type Packet } from "../../../lib/tftp/packet.ts";

describe("describePacket", () => {
  it("writes each kind of packet in netkit's form", () => {
    const options = [{ name: "blksize", value: "1468" }, { name: "tsize", value: "0" }];
    const cases: [Packet, string][] = [
      [
        { op: "RRQ", filename: "a.bin", mode: "octet", options },
        "sent RRQ <file=a.bin, mode=octet, blksize=1468, tsize=0>",
      ],
      [{ op: "WRQ", filename: "a", mode: "octet", options: [] }, "sent WRQ <file=a, mode=octet>"],
      [{ op: "DATA", block: 1, payload: new Uint8Array(512) }, "sent DATA <block=1, 512 bytes>"],
      [{ op: "ACK", block: 1 }, "sent ACK <block=1>"],
      [{ op: "ERROR", code: 5, message: "no\x07" }, "sent ERROR <code=5, msg=no\\x07>"],
      [{ op: "OACK", options }, "sent OACK <blksize=1468, tsize=0>"],
    ];
    for (const [packet, text] of cases) {
      assert.equal(describePacket("sent", encodePacket(packet)), text);
    }
  });

  it("says of anything else that it is no packet, and why", () => {
    assert.equal(
      describePacket("received", Uint8Array.of(9)),
      "received 1 bytes that are no TFTP packet (1 bytes are too few for an opcode)",
    );
  });
});
