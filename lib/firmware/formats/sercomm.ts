/**
 * Sercomm header and footer (NETGEAR R6220 and others, Beeline, Rostelecom).
 *
 * Source: openwrt/firmware-utils src/mksercommfw.c.
 *
 * @module
 */
import type { Window } from "../bytes.ts";
import { type Digest, sum8 } from "../checksum.ts";
import { type Format, PartDraft, type Scope, type TrailerFormat } from "../format.ts";
import type { Part } from "../inspection.ts";

const NAME = "sErCoMm";
const HEADER = 512;
const FOOTER = 71;
const SECOND_NAME = 63;
const WHOLE_SUM: Digest = (pieces) => sum8(pieces).toString(16).padStart(2, "0");

function describe(window: Window, draft: PartDraft, at: number): PartDraft {
  return draft.is("factory-or-stock")
    .mark("sercomm-hw-id", window.text(at + 11, 34))
    .fact("hardware version", window.text(at + 45, 10))
    .fact("software version", `0x${window.u32(at + 55).toString(16)}`);
}

function isHere(window: Window, at: number): boolean {
  return window.matches(at, NAME) && window.matches(at + SECOND_NAME, NAME);
}

function read(scope: Scope): Part | undefined {
  const { window } = scope;
  if (!isHere(window, 0) || !window.has(0, HEADER)) return undefined;
  const draft = describe(window, new PartDraft(scope, "sercomm", "Sercomm image"), 0);
  draft.verify({
    name: "Sercomm byte sum",
    from: 0,
    to: window.size,
    digest: WHOLE_SUM,
    stored: "00",
    strength: "weak",
  });
  return draft.holds(HEADER, window.size - HEADER).done();
}

function readFooter(scope: Scope): Part | undefined {
  const { window } = scope;
  const at = window.size - FOOTER;
  if (at <= 0 || !isHere(window, at)) return undefined;
  const draft = new PartDraft(scope, "sercomm-footer", "Sercomm footer", FOOTER, at);
  return describe(window, draft, at).done();
}

/** Sercomm header. */
export const SERCOMM: Format = { id: "sercomm", read };
/** Sercomm footer. */
export const SERCOMM_FOOTER: TrailerFormat = { id: "sercomm-footer", readEnd: readFooter };
