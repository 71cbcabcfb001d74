import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { describeMessage } from "../../../lib/bootp/describe.ts";
import {
  type BootpMessage,
  decodeMessage,
  DHCP_TYPES,
  dhcpTypeNumber,
  encodeMessage,
  hardwareAddress,
  messageType,
} from "../../../lib/bootp/message.ts";
import {
  byteOption,
  decodeOptions,
  encodeOptions,
  joinOptions,
  OptionCode,
  optionNumber,
  optionText,
} from "../../../lib/bootp/options.ts";
import { readAnnotatedBytes } from "../../support/annotated_bytes.ts";

const ROUTERBOOT = readAnnotatedBytes("bootp/routerboot_bootp.txt");
const UBOOT = readAnnotatedBytes("bootp/uboot_discover.txt");
const OVERLOADED = readAnnotatedBytes("bootp/overloaded_request.txt");

function decoded(bytes: Uint8Array): BootpMessage {
  const message = decodeMessage(bytes);
  if (message.op === "malformed") assert.fail(message.reason);
  return message;
}

function anyName(maxLength: number): fc.Arbitrary<string> {
  return fc.array(fc.integer({ min: 1, max: 255 }), { maxLength })
    .map((bytes) => String.fromCharCode(...bytes));
}

const PLAIN_OBJECTS = { noNullPrototype: true } as const;

/** Any message that a field can hold, with options that are not read as overload. */
const anyMessage: fc.Arbitrary<BootpMessage> = fc.record({
  op: fc.constantFrom("BOOTREQUEST" as const, "BOOTREPLY" as const),
  htype: fc.nat(255),
  hlen: fc.nat(16),
  hops: fc.nat(255),
  xid: fc.nat(0xffffffff),
  secs: fc.nat(0xffff),
  flags: fc.nat(0xffff),
  ciaddr: fc.nat(0xffffffff),
  yiaddr: fc.nat(0xffffffff),
  siaddr: fc.nat(0xffffffff),
  giaddr: fc.nat(0xffffffff),
  chaddr: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  sname: anyName(63),
  file: anyName(127),
  options: fc.option(
    fc.uniqueArray(
      fc.record({
        code: fc.integer({ min: 1, max: 254 }).filter((code) => code !== OptionCode.OVERLOAD),
        value: fc.uint8Array({ maxLength: 600 }),
      }, PLAIN_OBJECTS),
      { selector: ({ code }) => code, maxLength: 8 },
    ),
    { nil: undefined },
  ),
}, PLAIN_OBJECTS);

describe("decodeMessage()", () => {
  it("reads the plain BOOTP request of a RouterBOARD", () => {
    const message = decoded(ROUTERBOOT);
    assert.equal(ROUTERBOOT.length, 300);
    assert.equal(messageType(message), "BOOTP");
    assert.equal(message.xid, 0x01020304);
    assert.equal(message.secs, 5);
    assert.equal(hardwareAddress(message), "4c:5e:0c:01:02:03");
    assert.equal(optionText(message.options ?? [], OptionCode.VENDOR_CLASS), "Mips_boot");
  });

  it("reads a DHCP DISCOVER of U-Boot", () => {
    const message = decoded(UBOOT);
    assert.equal(messageType(message), "DISCOVER");
    assert.equal(message.xid, 0x5254d210);
    assert.deepEqual(message.options?.map(({ code }) => code), [53, 57, 93, 94, 60, 55]);
  });

  it("reads options from file and sname, and joins their pieces in that order", () => {
    const message = decoded(OVERLOADED);
    assert.equal(messageType(message), "REQUEST");
    assert.equal(optionText(message.options ?? [], OptionCode.VENDOR_CLASS), "Mips_boo_on");
    assert.equal(optionNumber(message.options ?? [], OptionCode.REQUESTED_ADDRESS), 0xc0a80132);
    assert.equal(message.file, "");
    assert.equal(message.sname, "");
  });

  it("takes a message cut at any byte of its vendor area, and none that is shorter", () => {
    for (const whole of [ROUTERBOOT, UBOOT, OVERLOADED]) {
      for (let length = 0; length <= whole.length; length++) {
        const message = decodeMessage(whole.subarray(0, length));
        if (length < 236) {
          assert.equal(message.op, "malformed", `${length} bytes`);
        } else if (message.op === "malformed") {
          assert.fail(`${length} bytes: ${message.reason}`);
        } else {
          assert.equal(message.options === undefined, length < 240, `${length} bytes`);
        }
      }
    }
  });

  it("leaves an option out that runs past the end", () => {
    const cut = decoded(UBOOT.subarray(0, UBOOT.length - 3));
    assert.deepEqual(cut.options?.map(({ code }) => code), [53, 57, 93, 94, 60]);
  });

  it("refuses an op and a hardware address that cannot be", () => {
    const odd = ROUTERBOOT.slice();
    odd[0] = 3;
    assert.equal(decodeMessage(odd).op, "malformed");
    odd[0] = 1;
    odd[2] = 17;
    assert.equal(decodeMessage(odd).op, "malformed");
  });

  it("takes any bytes without throwing, and so does the description", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 700 }), (bytes) => {
      decodeMessage(bytes);
      assert.match(describeMessage("received", bytes), /^received [\x20-\x7e]+$/);
    }));
    fc.assert(fc.property(
      fc.constantFrom(ROUTERBOOT, UBOOT, OVERLOADED),
      fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 20 }),
      (whole, changes) => {
        const bytes = whole.slice();
        for (const [index, value] of changes) bytes[index % bytes.length] = value;
        const message = decodeMessage(bytes);
        if (message.op === "malformed") return;
        messageType(message);
        hardwareAddress(message);
        assert.match(describeMessage("sent", bytes), /^sent /);
      },
    ));
  });
});

describe("encodeMessage()", () => {
  it("writes what decodeMessage() reads, at least 300 bytes of it", () => {
    fc.assert(fc.property(anyMessage, (message) => {
      const bytes = encodeMessage(message);
      assert.ok(bytes.length >= 300);
      assert.deepEqual(decoded(bytes), message);
    }));
  });

  it("repeats a fixture byte for byte", () => {
    assert.deepEqual(encodeMessage(decoded(ROUTERBOOT)), ROUTERBOOT);
    assert.deepEqual(encodeMessage(decoded(UBOOT)).subarray(0, UBOOT.length), UBOOT);
  });

  it("cuts names that are too long for their fields and keeps the closing NUL", () => {
    const message = { ...decoded(UBOOT), sname: "s".repeat(70), file: "f".repeat(130) };
    const again = decoded(encodeMessage(message));
    assert.equal(again.sname, "s".repeat(63));
    assert.equal(again.file, "f".repeat(127));
  });
});

describe("messageType()", () => {
  it("knows the eight types of RFC 2132 and calls others unknown", () => {
    for (let number = 0; number < 256; number++) {
      const options = [byteOption(OptionCode.MESSAGE_TYPE, number)];
      const expected = DHCP_TYPES[number - 1] ?? "unknown";
      assert.equal(messageType({ ...decoded(UBOOT), options }), expected);
    }
    assert.equal(dhcpTypeNumber("NAK"), 6);
    const empty = [{ code: OptionCode.MESSAGE_TYPE, value: new Uint8Array() }];
    assert.equal(messageType({ ...decoded(UBOOT), options: empty }), "unknown");
  });
});

describe("options", () => {
  it("longer than 255 bytes travel in pieces (RFC 3396)", () => {
    const value = Uint8Array.from({ length: 600 }, (_, index) => index);
    const area = encodeOptions([{ code: 43, value }]);
    assert.equal(area.length, 600 + 3 * 2 + 1);
    assert.deepEqual(decodeOptions(area).map((piece) => piece.value.length), [255, 255, 90]);
    assert.deepEqual(joinOptions(decodeOptions(area)), [{ code: 43, value }]);
  });

  it("end at the end mark, and padding is passed over", () => {
    const area = Uint8Array.of(0, 0, 53, 1, 1, 0, 255, 60, 1, 65);
    assert.deepEqual(decodeOptions(area), [{ code: 53, value: Uint8Array.of(1) }]);
  });

  it("of the wrong length are not taken for numbers, and text loses its NUL", () => {
    assert.equal(optionNumber([{ code: 54, value: Uint8Array.of(1, 2, 3) }], 54), undefined);
    assert.equal(optionText([{ code: 60, value: Uint8Array.of(65, 0) }], 60), "A");
  });
});

describe("describeMessage()", () => {
  it("says everything that matters in a line", () => {
    assert.equal(
      describeMessage("received", UBOOT),
      "received DISCOVER <xid=5254d210, mac=52:54:00:12:34:56, options=53 57 93 94 60 55>",
    );
    const reply = { ...decoded(ROUTERBOOT), op: "BOOTREPLY" as const, yiaddr: 0xc0a80132 };
    assert.equal(
      describeMessage("sent", encodeMessage({ ...reply, file: "a\x1b", flags: 0x8000 })),
      "sent BOOTREPLY <xid=01020304, mac=4c:5e:0c:01:02:03, secs=5, broadcast, " +
        'yiaddr=192.168.1.50, file="a\\x1b", options=60 55>',
    );
  });
});
