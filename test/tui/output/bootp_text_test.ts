import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { BootpEvent } from "../../../lib/bootp/events.ts";
import { describeBootpEvent } from "../../../tui/output/bootp_text.ts";

const mac = "4c:5e:0c:01:02:03";
const NOTHING = { program: null, vendorClass: null, userClass: null, architecture: null };

const CASES: readonly (readonly [BootpEvent, string])[] = [
  [
    { event: "bootp-checking", interface: "eth0", seconds: 4.5 },
    "Looking for another DHCP server on eth0 (4.5 s)",
  ],
  [
    { event: "bootp-clear", interface: "eth0" },
    "No other DHCP server on eth0: requests are answered now",
  ],
  [
    { event: "bootp-held", interface: "eth0", reason: "no link", hint: "" },
    "Not answering on eth0: no link",
  ],
  [
    { event: "bootp-held", interface: "eth0", reason: "it is gone", hint: "Plug it in again" },
    "Not answering on eth0: it is gone\n  Plug it in again",
  ],
  [
    { event: "bootp-back", interface: "eth0", reason: "the interface is back" },
    "eth0: the interface is back",
  ],
  [
    {
      event: "bootp-listening",
      interface: "eth0",
      address: "10.1.1.10",
      first: "10.1.1.50",
      last: "10.1.1.99",
    },
    "Waiting for BOOTP and DHCP on eth0, 10.1.1.10\n  giving 10.1.1.50 to 10.1.1.99",
  ],
  [
    { event: "bootp-client", mac, protocol: "BOOTP", ...NOTHING },
    `New client ${mac}: unknown program, by BOOTP`,
  ],
  [
    {
      event: "bootp-client",
      mac,
      protocol: "DHCP",
      program: "iPXE",
      vendorClass: "PXEClient",
      userClass: "iPXE",
      architecture: "x86 BIOS",
    },
    `New client ${mac}: iPXE, by DHCP\n` +
    '  vendor class "PXEClient", user class "iPXE", x86 BIOS',
  ],
  [{ event: "bootp-request", mac, type: "DISCOVER", answered: true }, `${mac} sends DISCOVER`],
  [
    { event: "bootp-request", mac, type: "BOOTREQUEST", answered: false, reason: "why" },
    `${mac} sends BOOTREQUEST: no answer, why`,
  ],
  [
    {
      event: "bootp-reply",
      mac,
      type: "ACK",
      address: "10.1.1.50",
      file: "rb.elf",
      to: "broadcast",
    },
    `Answered ${mac}: ACK 10.1.1.50, file "rb.elf"`,
  ],
  [
    { event: "bootp-reply", mac, type: "NAK", address: null, file: "", to: "broadcast" },
    `Answered ${mac}: NAK`,
  ],
  [
    { event: "bootp-ignored", peer: "10.0.0.9:68", reason: "why" },
    "Ignored from 10.0.0.9:68: why",
  ],
  [
    { event: "bootp-stopped", reason: '"rb.elf" was fetched' },
    'No address is given any more: "rb.elf" was fetched',
  ],
];

describe("describeBootpEvent()", () => {
  it("has words for every event", () => {
    for (const [event, text] of CASES) assert.equal(describeBootpEvent(event), text);
  });
});
