/**
 * What the BOOTP and DHCP server tells, as lines for people.
 *
 * @module
 */
import type { BootpEvent } from "../../lib/bootp/events.ts";
import { assertNever } from "../../lib/errors.ts";

/** The line or lines for an event. */
export function describeBootpEvent(event: BootpEvent): string {
  switch (event.event) {
    case "bootp-checking":
      return `Looking for another DHCP server on ${event.interface} (${event.seconds} s)`;
    case "bootp-clear":
      return `No other DHCP server on ${event.interface}: requests are answered now`;
    case "bootp-held":
      return `Not answering on ${event.interface}: ${event.reason}` +
        (event.hint === "" ? "" : `\n  ${event.hint}`);
    case "bootp-back":
      return `${event.interface}: ${event.reason}`;
    case "bootp-listening":
      return `Waiting for BOOTP and DHCP on ${event.interface}, ${event.address}\n` +
        `  giving ${event.first} to ${event.last}`;
    case "bootp-client":
      return describeClient(event);
    case "bootp-request": {
      const line = `${event.mac} sends ${event.type}`;
      return event.answered ? line : `${line}: no answer, ${event.reason}`;
    }
    case "bootp-reply": {
      const address = event.address === null ? "" : ` ${event.address}`;
      const file = event.file === "" ? "" : `, file "${event.file}"`;
      return `Answered ${event.mac}: ${event.type}${address}${file}`;
    }
    case "bootp-ignored":
      return `Ignored from ${event.peer}: ${event.reason}`;
    case "bootp-stopped":
      return `No address is given any more: ${event.reason}`;
    default:
      return assertNever(event);
  }
}

function describeClient(event: Extract<BootpEvent, { event: "bootp-client" }>): string {
  const { mac, protocol, program, vendorClass, userClass, architecture } = event;
  const classes = [
    ...(vendorClass === null ? [] : [`vendor class "${vendorClass}"`]),
    ...(userClass === null ? [] : [`user class "${userClass}"`]),
    ...(architecture === null ? [] : [architecture]),
  ];
  const details = classes.length === 0 ? "" : `\n  ${classes.join(", ")}`;
  return `New client ${mac}: ${program ?? "unknown program"}, by ${protocol}${details}`;
}
