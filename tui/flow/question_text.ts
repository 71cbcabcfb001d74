/**
 * What a recovery asks the person, as lines for the live screen, and the keys that answer.
 *
 * @module
 */
import type { VendorOfMac } from "../../lib/device/mac_vendors.ts";
import type { RecoveryQuestion } from "../../lib/recovery/recovery.ts";
import type { LiveKey } from "../ui.ts";
import { hangText, wrapText } from "../wrap_text.ts";

/** The lines of a question; `more` others wait behind it. */
export function describeQuestion(
  question: RecoveryQuestion,
  more: number,
  makerOf: VendorOfMac,
  width: number,
): readonly string[] {
  const lines: string[] = [];
  if (question.kind === "client") {
    const { mac, program, vendorClass, architecture, protocol } = question.client;
    const known = [
      ...(program === undefined ? [] : [program]),
      ...(vendorClass === undefined ? [] : [`"${vendorClass}"`]),
      ...(architecture === undefined ? [] : [architecture]),
      `by ${protocol}`,
    ];
    const who = [...[makerOf(mac)].filter((maker) => maker !== undefined), mac.toUpperCase()];
    lines.push(
      ...hangText(`${who.join(" ")} (${known.join(", ")}) asks for an address.`, "? ", width),
      ...hangText(
        question.isDoubtful
          ? "Is that your router? Newer boot loaders of this kind never finish with DHCP: " +
            "say yes only if it does not ask by BOOTP."
          : "Is that your router? Such a number stands on its label. " +
            "Nothing is sent to it before you say so.",
        "  ",
        width,
      ),
    );
  } else {
    lines.push(
      ...hangText("The next line writes its flash:", "? ", width),
      ...wrapText(question.line, width - 6).map((line) => `      ${line}`),
      ...hangText("After it the old firmware is gone. Shall it be typed?", "  ", width),
    );
  }
  if (more > 0) lines.push(...hangText(`${more} more after this.`, "  ", width));
  return lines;
}

/** The keys that answer; `settle` is called with the answer. */
export function questionKeys(
  question: RecoveryQuestion,
  settle: (yes: boolean) => void,
): readonly LiveKey[] {
  return question.kind === "client"
    ? [
      { key: "y", label: "yes, it is mine: answer it", press: () => settle(true) },
      { key: "n", label: "no, never answer it", press: () => settle(false) },
    ]
    : [
      { key: "w", label: "yes, write", press: () => settle(true) },
      { key: "n", label: "no, stop here", press: () => settle(false) },
    ];
}
