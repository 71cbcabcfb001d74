import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { FileReader, FileSink } from "../../../lib/host/host.ts";
import {
  fileSource,
  hashingSink,
  memorySource,
  netasciiSink,
  netasciiSource,
  sha256,
} from "../../../lib/tftp/files.ts";
import { randomBytes, seededRandom } from "../../../lib/simulator/random.ts";
import { encodeNetascii } from "../../../lib/tftp/netascii.ts";

/** A sink that keeps everything. */
function memorySink(): FileSink & { readonly bytes: number[]; readonly calls: string[] } {
  const bytes: number[] = [];
  const calls: string[] = [];
  return {
    bytes,
    calls,
    write(piece) {
      for (const byte of piece) bytes.push(byte);
    },
    commit: () => void calls.push("commit"),
    discard: () => void calls.push("discard"),
  };
}

/** A file in memory that can be made shorter behind the reader's back. */
function memoryFile(content: Uint8Array): FileReader & { cutTo(length: number): void } {
  let present = content;
  return {
    size: content.length,
    read(offset, into) {
      const piece = present.subarray(offset, offset + into.length);
      into.set(piece);
      return piece.length;
    },
    close: () => {},
    cutTo: (length) => void (present = content.subarray(0, length)),
  };
}

const CONTENT = Uint8Array.from({ length: 200_000 }, (_, index) => index * 11);

describe("memorySource", () => {
  it("reads at any position and short at the end", () => {
    const source = memorySource(CONTENT);
    assert.equal(source.size, CONTENT.length);
    assert.deepEqual(source.read(199_990, 512), CONTENT.subarray(199_990));
    assert.deepEqual(source.read(200_000, 512), new Uint8Array(0));
  });
});

describe("fileSource", () => {
  it("gives the same bytes as the file, in whatever order they are asked for", () => {
    const source = fileSource(memoryFile(CONTENT));
    const piece = fc.record({
      offset: fc.nat(200_000),
      length: fc.integer({ min: 8, max: 66_000 }),
    });
    fc.assert(fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      for (const { offset, length } of pieces) {
        assert.ok(
          Buffer.from(source.read(offset, length)).equals(
            CONTENT.subarray(offset, offset + length),
          ),
        );
      }
    }));
  });

  it("reads the first block alone, and more at a time once somebody wants the second", () => {
    const file = memoryFile(CONTENT);
    const lengths: number[] = [];
    const source = fileSource({
      ...file,
      read(offset, into) {
        lengths.push(into.length);
        return file.read(offset, into);
      },
    });
    for (let block = 0; block < 20; block++) source.read(block * 512, 512);
    assert.deepEqual(lengths, [512, 16_384]);
  });

  it("says so when the file became shorter meanwhile", () => {
    const file = memoryFile(CONTENT);
    const source = fileSource(file);
    file.cutTo(70_000);
    source.read(0, 512);
    assert.throws(() => source.read(69_900, 512), /became shorter/);
  });
});

describe("netasciiSource", () => {
  it("has the size of the converted bytes", () => {
    assert.equal(netasciiSource(memorySource(Uint8Array.of(65, 10, 13))).size, 5);
  });

  it("gives the same bytes at any position as converting all at once does", () => {
    const random = seededRandom(1);
    // Line ends everywhere, also where one piece ends and the next begins.
    const bytes = randomBytes(random, 200_000).map((byte) =>
      byte < 100 ? 10 : byte < 120 ? 13 : byte
    );
    const whole = encodeNetascii(bytes);
    const source = netasciiSource(memorySource(bytes));
    assert.equal(source.size, whole.length);
    for (let count = 0; count < 300; count++) {
      const offset = Math.floor(random() * (whole.length + 1));
      const length = Math.floor(random() * (count % 3 === 0 ? 200_000 : 1500));
      const same = Buffer.from(source.read(offset, length))
        .equals(whole.subarray(offset, offset + length));
      assert.ok(same, `${length} bytes at ${offset}`);
    }
  });

  it("refuses a file too large to be converted", () => {
    const source = { size: 2 ** 30, read: () => new Uint8Array(0) };
    assert.throws(() => netasciiSource(source), /netascii/);
  });
});

describe("netasciiSink", () => {
  it("converts on the way, also a CR held back to the end", () => {
    const inner = memorySink();
    const sink = netasciiSink(inner);
    for (const byte of [65, 13, 10, 13, 0, 13]) sink.write(Uint8Array.of(byte));
    sink.commit();
    assert.deepEqual(inner.bytes, [65, 10, 13, 13]);
    assert.deepEqual(inner.calls, ["commit"]);
  });

  it("passes a discard on", () => {
    const inner = memorySink();
    netasciiSink(inner).discard();
    assert.deepEqual(inner.calls, ["discard"]);
  });
});

describe("hashingSink", () => {
  it("hashes exactly what passes through", () => {
    const inner = memorySink();
    const sink = hashingSink(inner);
    sink.write(CONTENT.subarray(0, 1000));
    sink.write(CONTENT.subarray(1000));
    sink.commit();
    assert.equal(sink.digest(), sha256(CONTENT));
    assert.equal(inner.bytes.length, CONTENT.length);
    assert.deepEqual(inner.calls, ["commit"]);
  });
});

describe("sha256", () => {
  it("gives the published digest of no bytes", () => {
    assert.equal(
      sha256(new Uint8Array(0)),
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
  });
});
