/**
 * MikroTik packages (NPK): no checksum, only lengths. RouterBOOT does not boot them over TFTP.
 *
 * Source: openwrt/firmware-utils src/npk_pack_kernel.c.
 *
 * @module
 */
import { type Format, PartDraft, type Scope } from "../format.ts";
import type { Part } from "../inspection.ts";

const HEADER = 8;
const CONTAINER_HEADER = 6;
const MAX_CONTAINERS = 256;

function read(scope: Scope): Part | undefined {
  const { window } = scope;
  if (!window.matches(0, [0x1e, 0xf1, 0xd0, 0xba]) || !window.has(0, HEADER)) return undefined;
  const draft = new PartDraft(scope, "mikrotik-npk", "MikroTik package (NPK)")
    .announcesExactly(HEADER + window.u32(4, true), "NPK length")
    .is("factory-or-stock")
    .notice({
      severity: "warning",
      code: "not-bootable",
      message: "RouterBOOT cannot boot an NPK package over the network",
      hint: "Use the initramfs (ELF) image, or MikroTik's Netinstall for packages",
    });
  let position = HEADER;
  let count = 0;
  while (position < window.size && count < MAX_CONTAINERS) {
    const length = window.u32(position + 2, true);
    if (!window.has(position, CONTAINER_HEADER + length)) {
      draft.isShort("NPK containers", position + CONTAINER_HEADER + length, window.size);
      break;
    }
    position += CONTAINER_HEADER + length;
    count++;
  }
  return draft.fact("containers", count).done();
}

/** MikroTik package. */
export const NPK: Format = { id: "mikrotik-npk", read };
