import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { TelnetFilter } from "../../../lib/console/telnet.ts";

/** What comes out, as text and as the bytes to send back. */
function through(filter: TelnetFilter, ...bytes: readonly (number | string)[]) {
  const flat = bytes.flatMap((part) =>
    typeof part === "string" ? [...new TextEncoder().encode(part)] : [part]
  );
  const { data, reply } = filter.receive(Uint8Array.from(flat));
  return { text: new TextDecoder("latin1").decode(data), reply: [...reply] };
}

describe("TelnetFilter", () => {
  it("takes the opening of a real console server out of the text and answers each offer", () => {
    // QEMU's telnet: WILL ECHO, WILL SGA, WILL BINARY, DO BINARY.
    const opening = [255, 251, 1, 255, 251, 3, 255, 251, 0, 255, 253, 0];
    assert.deepEqual(through(new TelnetFilter(), ...opening, "U-Boot\r\n"), {
      text: "U-Boot\r\n",
      reply: [255, 253, 1, 255, 253, 3, 255, 254, 0, 255, 252, 0],
    });
  });

  it("answers an offer once, so that two programs cannot agree for ever", () => {
    const filter = new TelnetFilter();
    assert.deepEqual(through(filter, 255, 253, 34).reply, [255, 252, 34]);
    assert.deepEqual(through(filter, 255, 253, 34, 255, 254, 34, 255, 252, 1).reply, []);
  });

  it("takes the timing mark for the answer to its own question", () => {
    assert.deepEqual(through(new TelnetFilter(), 255, 251, 6, "x"), { text: "x", reply: [] });
  });

  it("reads over subnegotiations and single commands, and unescapes 255", () => {
    const filter = new TelnetFilter();
    const bytes = ["a", 255, 250, 24, 1, 255, 255, 2, 255, 240, "b", 255, 241, "c", 255, 255, 0];
    assert.deepEqual(through(filter, ...bytes), { text: "abc\xff", reply: [] });
  });

  it("gives the same however the stream is cut", () => {
    const byte = fc.oneof(fc.constantFrom(255, 250, 251, 253, 240, 1, 3, 65), fc.nat(255));
    fc.assert(fc.property(
      fc.array(byte, { maxLength: 60 }),
      fc.array(fc.nat(60), { maxLength: 6 }),
      (bytes, cuts) => {
        const whole = new TelnetFilter().receive(Uint8Array.from(bytes));
        const filter = new TelnetFilter();
        const data: number[] = [];
        const reply: number[] = [];
        const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        for (let index = 1; index < places.length; index++) {
          const part = filter.receive(
            Uint8Array.from(bytes.slice(places[index - 1], places[index])),
          );
          data.push(...part.data);
          reply.push(...part.reply);
        }
        assert.deepEqual(data, [...whole.data]);
        assert.deepEqual(reply, [...whole.reply]);
      },
    ));
  });
});
