import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { checkImage } from "../../../lib/firmware/check.ts";
import { flatten, inspectImage } from "../../../lib/firmware/inspect.ts";
import { concat, randomFrom, type Sample, SAMPLES } from "./samples.ts";

/** Bytes that carry nothing: no checksum covers them, and no content either. */
const MEANINGLESS: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  // 1 to 4 bytes of whatever the tool had in memory.
  "buffalo-enc": [[57, 60]],
};

/** Whether a byte may change, or a tail may go, without any harm to the content. */
function isMeaningless({ name }: Sample, at: number): boolean {
  return (MEANINGLESS[name] ?? []).some(([from, to]) => at >= from && at < to);
}

const SMALL = 4096;

/**
 * Offsets of header bytes: all of a small sample, and of larger ones, whose headers the small ones
 * have too, the beginning of each part.
 */
function headerOffsets({ bytes }: Sample): number[] {
  if (bytes.length <= SMALL) return Array.from(bytes.keys());
  const offsets = new Set<number>();
  const starts = [0, 0x1000, 0x1800, 0x10000, 0x10200, 0x20200, bytes.length - 24];
  for (const start of starts) {
    for (let at = start; at < Math.min(bytes.length, start + (start === 0 ? 112 : 24)); at++) {
      offsets.add(at);
    }
  }
  return [...offsets];
}

function truncations({ bytes }: Sample): number[] {
  const lengths = new Set<number>();
  for (const length of [0, 1, 2, 3, 4, 7, 15, 16, 31, 63, 64, 65, 127, 512, 513, 4095]) {
    lengths.add(length);
  }
  const random = randomFrom(bytes.length);
  for (let count = 0; count < 12; count++) lengths.add(random(bytes.length));
  for (let cut = 1; cut <= 17; cut++) lengths.add(bytes.length - cut);
  return [...lengths].filter((length) => length >= 0 && length < bytes.length);
}

function isPadding(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === bytes[0] && (byte === 0 || byte === 0xff));
}

describe("inspectImage() on damaged samples", () => {
  for (const one of SAMPLES) {
    it(`never calls ${one.name} whole after one bit of a header was turned`, () => {
      const bytes = Uint8Array.from(one.bytes);
      for (const at of headerOffsets(one)) {
        if (isMeaningless(one, at)) continue;
        const original = bytes[at] ?? 0;
        // One bit of each byte, another one at each offset, where all would take too long.
        const bits = bytes.length > 600 ? [at % 8] : [0, 1, 2, 3, 4, 5, 6, 7];
        for (const bit of bits) {
          bytes[at] = original ^ (1 << bit);
          const { integrity, parts } = inspectImage(bytes);
          assert.notEqual(
            integrity,
            "whole",
            `bit ${bit} of byte ${at} (${parts.map(({ format }) => format)})`,
          );
        }
        bytes[at] = original;
      }
    });

    it(`never calls ${one.name} whole after it was cut short`, () => {
      for (const length of truncations(one)) {
        const rest = one.bytes.subarray(length);
        if (isPadding(rest) || isMeaningless(one, length)) continue;
        const { integrity } = inspectImage(one.bytes.subarray(0, length));
        assert.notEqual(integrity, "whole", `cut to ${length} of ${one.bytes.length}`);
      }
    });
  }
});

describe("checkImage() on damaged images", () => {
  const CHECKED = SAMPLES.filter(({ bytes }) => inspectImage(bytes).integrity === "whole");

  it("finds the samples whose format proves every byte", () => {
    assert.ok(CHECKED.length >= 30, `${CHECKED.length}`);
  });

  for (const one of CHECKED) {
    it(`says "stop" or at least "warning" for ${one.name} with a damaged payload`, () => {
      const bytes = Uint8Array.from(one.bytes);
      const at = payloadOffset(one);
      bytes[at] = (bytes[at] ?? 0) ^ 0x10;
      const findings = checkImage(inspectImage(bytes));
      assert.ok(
        findings.some(({ code }) => code === "damaged" || code === "truncated"),
        findings.map(({ message }) => message).join("\n"),
      );
      assert.ok(!findings.some(({ code }) => code === "whole"));
    });
  }
});

/** Where the sample's payload text stands; where it is not in clear, a byte near the middle. */
function payloadOffset({ bytes }: Sample): number {
  const text = new TextDecoder("latin1").decode(bytes);
  const at = Math.max(text.indexOf("ROUTER-RESCUE-16"), text.indexOf("ROOTFS-DATA-0016"));
  return at >= 0 ? at : Math.floor(bytes.length / 2);
}

describe("inspectImage() on anything", () => {
  it("takes random bytes behind every sample's first bytes without failing", () => {
    const random = randomFrom(20_260_821);
    for (const { bytes } of SAMPLES) {
      for (let round = 0; round < 40; round++) {
        const mutated = Uint8Array.from(bytes.subarray(0, 4096));
        const changes = 1 + random(24);
        for (let change = 0; change < changes; change++) {
          mutated[random(mutated.length)] = random(256);
        }
        const end = random(4) === 0 ? random(mutated.length + 1) : mutated.length;
        const inspection = inspectImage(mutated.subarray(0, end));
        checkImage(inspection);
        assert.equal(inspection.size, end);
      }
    }
  });

  it("takes any bytes, alone or joined to a sample, and puts no part and no check outside the file", () => {
    const pick = fc.constantFrom(...SAMPLES.map(({ bytes }) => bytes.subarray(0, 8192)));
    const any = fc.uint8Array({ maxLength: 512 });
    fc.assert(
      fc.property(any, pick, any, fc.boolean(), (front, middle, back, isAlone) => {
        const bytes = isAlone ? front : concat(front, middle, back);
        for (const part of flatten(inspectImage(bytes).parts)) {
          assert.ok(part.offset + part.length <= bytes.length, part.format);
          for (const { name, from, to } of part.checks) {
            assert.ok(from >= 0 && from <= to && to <= bytes.length, name);
          }
        }
      }),
      { numRuns: 400, seed: 16_384 },
    );
  });
});
