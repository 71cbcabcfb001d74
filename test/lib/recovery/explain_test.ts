import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type ErrorContext,
  explainText,
  explainTftpError,
  matchErrorTexts,
} from "../../../lib/recovery/explain.ts";
import { COMPUTER_ERROR_TEXTS } from "../../../lib/recovery/error_texts_computer.ts";
import { DEVICE_ERROR_TEXTS } from "../../../lib/recovery/error_texts_device.ts";

const ENTRIES = [...DEVICE_ERROR_TEXTS, ...COMPUTER_ERROR_TEXTS];

/** Name of the entry an explanation was taken from. */
function idOf(meaning: string | undefined): string | undefined {
  return ENTRIES.find((entry) => entry.meaning === meaning)?.id;
}

/** Lines as people paste them, with the entries that must come out, best first. */
const PASTED: readonly (readonly [text: string, ...ids: string[]])[] = [
  // The table of the OpenWrt wiki.
  ["Code pattern is incorrect", "cfe-code-pattern"],
  ["\u201ccode pattern is incorrect\u201d", "cfe-code-pattern"],
  [
    "CMD: [flash -ctheader -mem -size=0x4c1000 0x807ae1b0 flash1.trx]\n" +
    "Reading from 0x807ae1b0: CODE Pattern is incorrect! (E900)\n" +
    "The file transferred is not a valid firmware image.",
    "cfe-code-pattern",
  ],
  ["Invalid Password", "firmware-password"],
  ["Error code 0: Invalid Password", "firmware-password"],
  ["Timeout", "timeout-ping-works", "timeout-no-ping"],
  [
    "boot the image...\r\nBoot program checksum is invalid\r\n" +
    "Hello!! Enter Rescue Mode: (Check error)",
    "cfe-boot-checksum",
  ],
  ["Could not load ide0.0:: Boot program checksum is invalid", "cfe-boot-checksum"],
  ["Invalid boot block on disk", "cfe-boot-checksum"],
  ["## Error: 'Access violation' (2), starting again!", "access-violation-serve"],
  ["Access violation (2), starting again!", "access-violation-serve"],
  // CFE.
  ["Checksum mismatch:\nImage chksum: 0xB585A6E7\nCalc  chksum: 0x02C0010E", "cfe-boot-checksum"],
  ["Failed.: Timeout occured\nReading ::\nTFTP Server.\n..tftp retry wait 0", "cfe-timeout"],
  ["_tftpd_open(): retries=0/3", "cfe-timeout"],
  ["Could not load :: Network protocol error", "cfe-protocol-error"],
  ["Error code 3: Transfer cancelled", "cfe-transfer-cancelled"],
  ["Loading: PANIC: out of memory!", "cfe-out-of-memory"],
  ["flash0.0: Device not found", "cfe-no-device"],
  // Ubiquiti.
  [
    "received ERROR <code=2, msg=Firmware check failed>\nError code 2: Firmware check failed",
    "ubiquiti-firmware-check",
  ],
  [
    "tftp: error received from server <Firmware check failed>\ntftp: aborting",
    "ubiquiti-firmware-check",
  ],
  ["Error code 2: File has bad magic", "device-bad-magic"],
  ["tftp: server error: (3) File too large", "image-too-large"],
  // ASUS.
  [
    "## Enter Rescue Mode ##\ntftpd start\nWait for TFTP request...\ntftpd open\nD D D D D D D D",
    "asus-waiting",
  ],
  ["D D D D", "asus-waiting"],
  ["Check trx error! SYSTEM RESET!!!", "asus-refused"],
  ["The wireless device is not in rescue mode.", "asus-tool-not-found"],
  // Signed or wrong images.
  [
    "Verifying Hash Integrity ... Failed to verify required signature 'key-uap6_mt7981'\nerror!",
    "signed-only",
  ],
  ["Invalid firmware signature", "signed-only"],
  ["Hardware version mismatch", "hardware-mismatch"],
  ["HWID does not match", "hardware-mismatch"],
  ["Product id not match!", "hardware-mismatch"],
  ["Device tplink,archer-c7-v5 not supported by this image", "hardware-mismatch"],
  // U-Boot.
  ["\nARP Retry count exceeded; starting again", "uboot-arp"],
  ["Retry count exceeded; starting again", "uboot-retry-count"],
  [
    "Loading: *\bT T T T T T T T T T \nRetry count exceeded; starting again",
    "uboot-retry-count",
  ],
  ["Loading: T T T T", "uboot-timeout-marks"],
  ["Loading: ####T ##T T T ####", "uboot-timeout-marks"],
  [
    "TFTP error: 'File not found' (1)\nNot retrying...",
    "file-not-found-serve",
  ],
  ["Verifying Checksum at 0x9f050040 ...Bad Data CRC", "uboot-data-crc"],
  ["Bad Header Checksum", "uboot-header-checksum"],
  ["Wrong Image Format for bootm command\nERROR: can't get kernel image!", "uboot-image-format"],
  ["## Booting image at 9f020000 ...\nBad Magic Number", "uboot-image-format"],
  ["TFTP error: trying to overwrite reserved memory...", "uboot-reserved-memory"],
  ["TFTP error: First block is not block 1 (7)\nStarting again", "uboot-first-block"],
  ["TFTP server died; starting again", "uboot-server-died"],
  ["*** ERROR: `serverip' not set", "uboot-address-not-set"],
  ["our IP address is 192.168.1.1; sending through gateway 10.0.0.1", "uboot-other-subnet"],
  ["ping failed; host 192.168.1.2 is not alive", "uboot-ping-failed"],
  ["Waiting for PHY auto negotiation to complete......... TIMEOUT !", "uboot-no-link"],
  ["BOOTP broadcast 5\n\nRetry time exceeded; starting again", "uboot-bootp"],
  // RedBoot.
  ["RedBoot> load -r vmlinux\nCan't load 'vmlinux': operation timed out", "redboot-timeout"],
  ["Failed for TFTP! (-3) timeout", "redboot-timeout"],
  ["checksum is invalid", "redboot-checksum"],
  ["Can't get BOOTP info for device!", "uboot-bootp"],
  [
    "**Warning** FLASH configuration checksum error or invalid key",
    "redboot-config-checksum",
  ],
  // RouterBOOT and dnsmasq.
  ["dnsmasq-dhcp: BOOTP(eth0) 4c:5e:0c:00:00:01 no address configured", "dnsmasq-no-address"],
  ["DHCPDISCOVER(enp1s0) 4c:5e:0c:00:00:01 no address available", "dnsmasq-no-address"],
  ["trying bootp protocol.............................. failed", "routerboot-protocol"],
  ["setting up elf image... kernel out of range\nkernel loading failed", "routerboot-kernel"],
  [
    "dnsmasq-tftp: error 8 User aborted the transfer received from 192.168.1.50",
    "size-probe",
  ],
  ["dnsmasq-tftp: file /srv/tftp/x.bin not found for 192.168.1.1", "file-not-found-serve"],
  ["dnsmasq: failed to create listening socket for port 69: Address already in use", "port-in-use"],
  // Windows.
  ["Connect request failed", "windows-connect-request"],
  ["Timeout occurred", "windows-timeout"],
  [
    "'tftp' is not recognized as an internal or external command,\noperable program or batch file.",
    "windows-tftp-missing",
  ],
  [
    "An attempt was made to access a socket in a way forbidden by its access permissions. " +
    "(os error 10013)",
    "port-needs-privilege",
  ],
  ["Only one usage of each socket address is normally permitted. (os error 10048)", "port-in-use"],
  ["The requested address is not valid in its context. (os error 10049)", "address-not-assigned"],
  [
    "An existing connection was forcibly closed by the remote host. (os error 10054)",
    "connection-reset",
  ],
  // tftp-hpa, atftp, BusyBox, curl.
  ["Transfer timed out.", "timeout-ping-works", "timeout-no-ping"],
  ["tftp: sendto: Network is unreachable", "network-unreachable"],
  ["tftp: sendto: No route to host", "no-route"],
  ["tftp: sendto: Operation not permitted", "send-refused"],
  ["192.168.1.1: unknown host", "unknown-host"],
  ["in.tftpd: cannot bind to local IPv4 socket: Address already in use", "port-in-use"],
  ["bind: Permission denied", "port-needs-privilege"],
  ["listen udp :69: bind: permission denied", "port-needs-privilege"],
  [
    "PermissionDenied: Permission denied (os error 13)",
    "permission-denied-port",
    "permission-denied-file",
  ],
  ["sendto: Permission denied", "permission-denied-send"],
  ["bind: Cannot assign requested address", "address-not-assigned"],
  ["bind: Can\u2019t assign requested address", "address-not-assigned"],
  [
    "timeout: retrying...\ntimeout: retrying...\ntftp: aborting",
    "timeout-ping-works",
    "timeout-no-ping",
  ],
  ["source port mismatch, check bypassed", "unknown-tid"],
  ["Error code 5: Unknown transfer ID", "unknown-tid"],
  ["tftp: server error: (4) Illegal TFTP operation", "illegal-operation"],
  ["Error code 6: File already exists", "file-exists"],
  ["Error code 8: Failure to negotiate RFC2347 options", "options-refused"],
  ["Error code 1: File not found", "file-not-found-serve", "file-not-found-device"],
  ["tftp: test.bin: No such file or directory", "local-file-missing"],
  ["tftp: last timeout", "timeout-ping-works", "timeout-no-ping"],
  [
    "curl: (69) getpeername() failed with errno 107: Transport endpoint is not connected",
    "access-violation-serve",
    "access-violation-device",
  ],
  ["curl: (68) TFTP: File Not Found", "file-not-found-serve", "file-not-found-device"],
  ["curl: (71) TFTP: Illegal operation", "illegal-operation"],
  ["curl: (42) getpeername() failed with errno 107", "options-refused"],
  ["curl: (28) getpeername() failed with errno 107", "timeout-ping-works", "timeout-no-ping"],
  ["curl: (6) Could not resolve host: routr", "unknown-host"],
  ['curl: (1) Protocol "tftp" not supported or disabled in libcurl', "curl-no-protocol"],
  ["read: Connection refused", "connection-refused"],
  ["Error code 2: Only absolute filenames allowed", "wrong-directory"],
  ["tftp: bad blocksize '70000'", "busybox-blocksize"],
  ["write: No space left on device", "disk-full-local"],
  ["Error code 3: Disk full or allocation exceeded", "disk-full"],
  ["Error code 7: No such user", "no-such-user"],
  ["Unexpected opcode 0x0001 from 192.168.1.1", "asus-accepted"],
  ["Unexpected opcode 0 from 192.168.1.1", "asus-refused"],
];

describe("explainText", () => {
  for (const [text, ...ids] of PASTED) {
    it(`knows ${JSON.stringify(text.slice(0, 60))}`, () => {
      const found = explainText(text);
      // A U-Boot reaction may be added to the cause, the meaning stays that of the entry.
      assert.deepEqual(found.map(({ meaning }) => idOf(meaning)), ids);
    });
  }

  it("does not care about case", () => {
    for (const [text, first] of PASTED) {
      assert.equal(idOf(explainText(text.toUpperCase())[0]?.meaning), first, text);
    }
  });

  it("does not care about log text, colours and quotes around a message", () => {
    const text =
      "\u001b[31m[12:01:07] pc daemon.err atftp[91]: 'Code \u001b[1m  pattern\u001b[0m\tis incorrect'.\u001b[0m";
    assert.equal(idOf(explainText(text)[0]?.meaning), "cfe-code-pattern");
  });

  it("chooses between the readings of a timeout by whether ping answers", () => {
    const idsFor = (context: ErrorContext) =>
      explainText("Timeout", context).map(({ meaning }) => idOf(meaning));
    assert.deepEqual(idsFor({ pingAnswers: true }), ["timeout-ping-works"]);
    assert.deepEqual(idsFor({ pingAnswers: false }), ["timeout-no-ping"]);
  });

  it("prefers the reading of the side that said it", () => {
    const idsFor = (context: ErrorContext) =>
      explainText("Access violation", context).map(({ meaning }) => idOf(meaning));
    assert.deepEqual(idsFor({ saidBy: "device", direction: "push" }), ["access-violation-device"]);
    assert.deepEqual(idsFor({ saidBy: "server", direction: "serve" }), ["access-violation-serve"]);
  });

  it("moves a reading up that the context confirms", () => {
    const paste = "Bad Data CRC\nInvalid Password";
    const idsFor = (context: ErrorContext) =>
      explainText(paste, context).map(({ meaning }) => idOf(meaning));
    assert.deepEqual(idsFor({}), ["firmware-password", "uboot-data-crc"]);
    assert.deepEqual(idsFor({ saidBy: "console" }), ["uboot-data-crc"]);
    const late = "Connection refused\nOperation not permitted";
    assert.equal(idOf(explainText(late)[0]?.meaning), "send-refused");
    const early = "Network is unreachable\nOperation not permitted";
    assert.equal(idOf(explainText(early)[0]?.meaning), "network-unreachable");
    assert.equal(idOf(explainText(early, { saidBy: "client" })[0]?.meaning), "send-refused");
  });

  it("reads the end of a paste of many screens, not its start", () => {
    const screens = "Bytes transferred\n".repeat(5000);
    const paste = `Bad Data CRC\n${screens}Wrong Image Format for bootm command`;
    assert.deepEqual(explainText(paste).map(({ meaning }) => idOf(meaning)), [
      "uboot-image-format",
    ]);
  });

  it("returns nothing for a text it does not know", () => {
    for (
      const text of [
        "",
        "   ",
        "all is well",
        "Sent 2428928 bytes in 6.2 seconds",
        "192.168.1.1",
        "sent DATA <block=10048, 512 bytes>",
        "Linksys E900",
        "Bytes transferred = 7270950 (6ef226 hex)",
      ]
    ) {
      assert.deepEqual(explainText(text), [], text);
    }
  });

  it("falls back on the code of the context when the text is unknown", () => {
    assert.equal(idOf(explainText("zzz", { code: 6 })[0]?.meaning), "file-exists");
  });

  it("says the same thing only once for a paste of many lines", () => {
    const paste = "ARP Retry count exceeded; starting again\n".repeat(50);
    assert.equal(explainText(paste).length, 1);
  });

  it("never throws and never repeats itself, whatever is pasted", () => {
    const fragment = fc.constantFrom(...PASTED.map(([text]) => text));
    const paste = fc.array(fc.oneof(fragment, fc.string({ unit: "binary" })), { maxLength: 6 });
    fc.assert(fc.property(paste, (parts) => {
      const meanings = explainText(parts.join("\n")).map(({ meaning }) => meaning);
      assert.equal(new Set(meanings).size, meanings.length);
    }));
  });
});

describe("explainTftpError", () => {
  const UBOOT: ErrorContext = { saidBy: "server", direction: "serve" };

  it("takes the message before the code", () => {
    const found = explainTftpError(0, "Firmware check failed", {
      saidBy: "device",
      direction: "push",
      verdict: true,
    });
    assert.equal(idOf(found.meaning), "ubiquiti-firmware-check");
  });

  it("falls back on the RFC 1350 meaning of each code", () => {
    const ids = [1, 2, 3, 4, 5, 6, 7, 8].map((code) =>
      idOf(explainTftpError(code, "", { saidBy: "device", direction: "push" }).meaning)
    );
    assert.deepEqual(ids, [
      "file-not-found-device",
      "access-violation-device",
      "disk-full",
      "illegal-operation",
      "unknown-tid",
      "file-exists",
      "no-such-user",
      "options-refused",
    ]);
  });

  it("says that the image was refused when an unnamed error replaces the last ACK", () => {
    for (const message of ["", "Access violation", "E17"]) {
      const found = explainTftpError(2, message, {
        saidBy: "device",
        direction: "push",
        verdict: true,
      });
      assert.match(found.meaning, /whole image, checked it and refused it/);
    }
  });

  it("tells for each code whether U-Boot stops or starts again", () => {
    for (const code of [1, 2]) {
      assert.match(explainTftpError(code, "", UBOOT).cause, /gives up for good/);
    }
    for (const code of [0, 3, 4, 5, 6, 7, 8, 99]) {
      assert.match(explainTftpError(code, "", UBOOT).cause, /starts the download again/);
    }
  });

  it("tells of U-Boot when the text stood on the device's console", () => {
    assert.match(explainTftpError(2, "", { saidBy: "console" }).cause, /gives up for good/);
  });

  it("says that the device broke off a download with an error without meaning", () => {
    const found = explainTftpError(0, "", { saidBy: "device", direction: "serve" });
    assert.match(found.meaning, /broke off the download/);
  });

  it("does not tell of U-Boot when the device itself sent the error", () => {
    assert.doesNotMatch(
      explainTftpError(2, "", { saidBy: "device", direction: "push" }).cause,
      /U-Boot/,
    );
  });

  it("does not call the size probe of a UEFI loader a failure", () => {
    const found = explainTftpError(8, "User aborted the transfer", {
      saidBy: "device",
      direction: "serve",
    });
    assert.equal(idOf(found.meaning), "size-probe");
  });

  it("always has something to say", () => {
    const context: fc.Arbitrary<ErrorContext> = fc.record({
      saidBy: fc.constantFrom("device", "server", "client", "console"),
      direction: fc.constantFrom("push", "serve", "get"),
      verdict: fc.boolean(),
      pingAnswers: fc.boolean(),
    }, { requiredKeys: [] });
    fc.assert(fc.property(fc.nat(65535), fc.string(), context, (code, message, known) => {
      const found = explainTftpError(code, message, known);
      assert.ok(found.meaning !== "" && found.cause !== "" && found.next !== "");
    }));
  });
});

describe("matchErrorTexts", () => {
  it("ignores a context that would rule out every reading", () => {
    const found = matchErrorTexts("Check trx error", { saidBy: "server", direction: "get" });
    assert.deepEqual(found.map(({ id }) => id), ["asus-refused"]);
    assert.equal(matchErrorTexts("Operation not permitted", { saidBy: "device" }).length, 1);
  });
});

describe("the tables of error texts", () => {
  it("have unique ids and meanings, so that readings can be told apart", () => {
    assert.equal(new Set(ENTRIES.map(({ id }) => id)).size, ENTRIES.length);
    assert.equal(new Set(ENTRIES.map(({ meaning }) => meaning)).size, ENTRIES.length);
  });

  it("are plain ASCII sentences with a source", () => {
    for (const { id, meaning, cause, next, source } of ENTRIES) {
      for (const text of [meaning, cause, next]) assert.match(text, /^[A-Z][ -~]+\.$/, id);
      assert.match(source, /^[ -~]{8,}$/, id);
      assert.ok(!meaning.slice(0, -1).includes(". "), `${id}: one sentence`);
    }
  });

  it("match without regard to case and keep no state between texts", () => {
    for (const { id, patterns } of ENTRIES) {
      for (const pattern of patterns) {
        assert.ok(!pattern.global && !pattern.sticky, id);
        assert.ok(
          pattern.ignoreCase,
          id,
        );
      }
    }
  });

  it("have a pasted line for every entry", () => {
    const reached = new Set(PASTED.flatMap(([, ...ids]) => ids));
    assert.deepEqual(ENTRIES.map(({ id }) => id).filter((id) => !reached.has(id)), []);
  });
});
