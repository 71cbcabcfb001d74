/**
 * EcoNet "tclinux" images. Only the header length and the total length are taken from the header;
 * what its CRC covers has not been compared with a real file.
 *
 * Source: openwrt target/linux/econet/image/tclinux-trx.sh.
 *
 * @module
 */
import { type Format, PartDraft, type Scope } from "../format.ts";
import type { Part } from "../inspection.ts";

const HEADER = 256;

function read(scope: Scope): Part | undefined {
  const { window } = scope;
  const isLittle = window.matches(0, "HDR2");
  if (!isLittle && !window.matches(0, "2RDH")) return undefined;
  const total = window.u32(8, isLittle);
  if (window.u32(4, isLittle) !== HEADER || total < HEADER) return undefined;
  return new PartDraft(scope, "tclinux", "EcoNet image (tclinux)")
    .announces(total, "tclinux length")
    .is("factory-or-stock")
    .fact("version", window.text(16, 32))
    .holds(HEADER, total - HEADER)
    .done();
}

/** EcoNet tclinux. */
export const TCLINUX: Format = { id: "tclinux", read };
