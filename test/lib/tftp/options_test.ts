import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import assert from "node:assert/strict";
import {
  acceptOack,
  negotiate,
  type Negotiation,
  PLAIN_OPTIONS,
  requestOptions,
} from "../../../lib/tftp/options.ts";
import type { RequestOption } from "../../../lib/tftp/packet.ts";

function optionList(record: Record<string, string>): RequestOption[] {
  return Object.entries(record).map(([name, value]) => ({ name, value }));
}

function answerOf(asked: Record<string, string>, size?: number): Record<string, string> {
  const { accepted } = negotiate(optionList(asked), "RRQ", size);
  return Object.fromEntries(accepted.map(({ name, value }) => [name, value]));
}

/** Option names in any case and values of any kind, good ones among them. */
const anyOption = fc.record({
  name: fc.constantFrom("blksize", "BLKSIZE", "windowsize", "timeout", "TimeOut", "tsize", "x", ""),
  value: fc.oneof(
    fc.integer({ min: -5, max: 70_000 }).map(String),
    fc.constantFrom("", "0", "05", "1e3", " 5", "five", "9".repeat(30)),
  ),
});

describe("negotiate", () => {
  it("answers what U-Boot asks as U-Boot wants it", () => {
    assert.deepEqual(answerOf({ timeout: "5", tsize: "0", blksize: "1468" }, 7_270_950), {
      timeout: "5",
      tsize: "7270950",
      blksize: "1468",
    });
  });

  it("answers in lower case, in the order asked, each option once", () => {
    const asked = [
      { name: "WINDOWSIZE", value: "4" },
      { name: "BlkSize", value: "1428" },
      { name: "blksize", value: "512" },
    ];
    assert.deepEqual(negotiate(asked, "RRQ", 1).accepted, [
      { name: "windowsize", value: "4" },
      { name: "blksize", value: "1428" },
    ]);
  });

  it("leaves out what it does not know and what is out of range", () => {
    assert.deepEqual(
      answerOf({ multicast: "", blksize: "7", timeout: "0", windowsize: "0", tsize: "x" }, 5),
      {},
    );
    assert.deepEqual(answerOf({ blksize: "65465", timeout: "256", windowsize: "65536" }, 5), {
      blksize: "65464",
    });
  });

  it("echoes timeout exactly as it was spelled", () => {
    assert.deepEqual(answerOf({ timeout: "05" }), { timeout: "05" });
  });

  it("tells the size of a file to a reader and takes it from a writer", () => {
    assert.deepEqual(answerOf({ tsize: "0" }, 12_345), { tsize: "12345" });
    assert.deepEqual(answerOf({ tsize: "0" }, undefined), {});
    const write = negotiate(optionList({ tsize: "777" }), "WRQ", undefined);
    assert.equal(write.options.transferSize, 777);
    assert.deepEqual(write.accepted, [{ name: "tsize", value: "777" }]);
  });

  it("keeps the window within what a socket buffer can be hoped to hold", () => {
    assert.deepEqual(answerOf({ windowsize: "65535", blksize: "512" }), {
      windowsize: "256",
      blksize: "512",
    });
    assert.deepEqual(answerOf({ windowsize: "65535", blksize: "65464" }), {
      windowsize: "16",
      blksize: "65464",
    });
  });

  it("never answers more than was asked, and means what it answers", () => {
    fc.assert(fc.property(fc.array(anyOption), fc.nat(), (asked, size) => {
      const { options, accepted }: Negotiation = negotiate(asked, "RRQ", size);
      assert.equal(new Set(accepted.map(({ name }) => name)).size, accepted.length);
      for (const { name, value } of accepted) {
        const askedValues = asked.filter((one) => one.name.toLowerCase() === name)
          .map((one) => one.value);
        assert.notEqual(askedValues.length, 0);
        if (name === "timeout") {
          assert.ok(askedValues.includes(value));
          assert.equal(options.timeoutSeconds, Number(value));
        } else if (name === "tsize") {
          assert.equal(value, String(size));
        } else {
          assert.ok(askedValues.some((one) => Number(value) <= Number(one)));
          assert.equal(options[name as "blksize" | "windowsize"], Number(value));
        }
      }
      const answered = (name: string): boolean => accepted.some((one) => one.name === name);
      if (!answered("blksize")) assert.equal(options.blksize, 512);
      if (!answered("windowsize")) assert.equal(options.windowsize, 1);
      if (!answered("timeout")) assert.equal(options.timeoutSeconds, undefined);
    }));
  });
});

describe("requestOptions", () => {
  it("asks only for what is wanted", () => {
    assert.deepEqual(requestOptions({}), []);
    assert.deepEqual(
      requestOptions({ windowsize: 16, blksize: 1468, tsize: 0 }),
      optionList({ tsize: "0", blksize: "1468", windowsize: "16" }),
    );
  });
});

describe("acceptOack", () => {
  const oack = (record: Record<string, string>) => ({
    op: "OACK" as const,
    options: optionList(record),
  });

  it("takes what was asked, or less, in any case", () => {
    const result = acceptOack(oack({ BLKSIZE: "1428", tsize: "99", windowsize: "8" }), {
      blksize: 1468,
      windowsize: 16,
      tsize: 0,
    });
    assert.deepEqual(result, {
      options: { ...PLAIN_OPTIONS, blksize: 1428, windowsize: 8, transferSize: 99 },
    });
  });

  it("takes an empty OACK as plain RFC 1350", () => {
    assert.deepEqual(acceptOack(oack({}), { blksize: 1468 }), { options: PLAIN_OPTIONS });
  });

  it("refuses a blksize or windowsize that was not asked for, is more, or is no number", () => {
    const cases: [Record<string, string>, Parameters<typeof acceptOack>[1]][] = [
      [{ blksize: "1468" }, {}],
      [{ windowsize: "2" }, { blksize: 512 }],
      [{ blksize: "1469" }, { blksize: 1468 }],
      [{ blksize: "7" }, { blksize: 1468 }],
      [{ blksize: "many" }, { blksize: 1468 }],
      [{ blksize: "" }, { blksize: 1468 }],
      [{ windowsize: "0" }, { windowsize: 4 }],
      [{ windowsize: "5" }, { windowsize: 4 }],
    ];
    for (const [answer, asked] of cases) {
      assert.ok("refusal" in acceptOack(oack(answer), asked), JSON.stringify(answer));
    }
  });

  it("overlooks what cannot do harm: unknown options, a size that is no number", () => {
    assert.deepEqual(acceptOack(oack({ tsize: "big", x: "1", timeout: "3" }), { tsize: 0 }), {
      options: PLAIN_OPTIONS,
    });
  });
});
