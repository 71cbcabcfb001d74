/**
 * For which system an executable file is, by its header: ELF, Mach-O or PE.
 *
 * @module
 */

const ELF = 0x7f454c46;
const MACHO_64 = 0xcffaedfe;
const MZ = 0x4d5a;

const ELF_MACHINES: Readonly<Record<number, string>> = { 62: "x86_64", 183: "aarch64" };
const MACHO_CPUS: Readonly<Record<number, string>> = {
  0x01000007: "x86_64",
  0x0100000c: "aarch64",
};
const PE_MACHINES: Readonly<Record<number, string>> = { 0x8664: "x86_64", 0xaa64: "aarch64" };

/**
 * The name of the target whose programs begin like this: the first 4 KiB are enough.
 *
 * @returns undefined for anything else.
 */
export function executableTarget(start: Uint8Array): string | undefined {
  if (start.length < 64) return undefined;
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const magic = view.getUint32(0);
  if (magic === ELF) return named(ELF_MACHINES[view.getUint16(18, true)], "unknown-linux-gnu");
  if (magic === MACHO_64) return named(MACHO_CPUS[view.getUint32(4, true)], "apple-darwin");
  if (view.getUint16(0) !== MZ) return undefined;
  const header = view.getUint32(60, true);
  if (header + 6 > start.length) return undefined;
  return named(PE_MACHINES[view.getUint16(header + 4, true)], "pc-windows-msvc");
}

function named(machine: string | undefined, system: string): string | undefined {
  return machine === undefined ? undefined : `${machine}-${system}`;
}
