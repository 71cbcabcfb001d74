/**
 * A bare U-Boot, told by its version text. Never firmware.
 *
 * @module
 */
import { find } from "../bytes.ts";
import { type Format, PartDraft, type Scope } from "../format.ts";
import type { Part } from "../inspection.ts";

const SEARCHED = 0x100000;

function read(scope: Scope): Part | undefined {
  const { window } = scope;
  if (window.start !== 0) return undefined;
  const at = find(window.slice(0, SEARCHED), "U-Boot 20");
  if (at < 0) return undefined;
  return new PartDraft(scope, "u-boot", "U-Boot bootloader")
    .fact("version", window.text(at, 40))
    .notice({
      severity: "warning",
      code: "is-bootloader",
      message: "This looks like a bootloader, not like firmware",
      hint: "Choose the firmware image for your device instead",
    })
    .done();
}

/** Bare U-Boot. */
export const UBOOT: Format = { id: "u-boot", read };
