/**
 * A program for Linux on x86_64 that prints one line and ends: an ELF file small enough to be
 * written down.
 *
 * @module
 */

const LOAD_ADDRESS = 0x400000n;
const HEADERS = 64 + 56;

/** Bytes of the program. */
export function tinyProgram(line: string): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(`${line}\n`);
  const code = new Uint8Array([
    ...[0xb8, 1, 0, 0, 0], // mov eax, 1: write
    ...[0xbf, 1, 0, 0, 0], // mov edi, 1: standard output
    ...[0x48, 0x8d, 0x35, 16, 0, 0, 0], // lea rsi, [rip + 16]: the text
    ...[0xba, text.length, 0, 0, 0], // mov edx, length
    ...[0x0f, 0x05], // syscall
    ...[0xb8, 60, 0, 0, 0], // mov eax, 60: exit
    ...[0x31, 0xff], // xor edi, edi
    ...[0x0f, 0x05], // syscall
  ]);
  const size = HEADERS + code.length + text.length;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 62, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, LOAD_ADDRESS + BigInt(HEADERS), true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint16(58, 64, true);
  view.setUint32(64, 1, true);
  view.setUint32(68, 5, true);
  view.setBigUint64(80, LOAD_ADDRESS, true);
  view.setBigUint64(88, LOAD_ADDRESS, true);
  view.setBigUint64(96, BigInt(size), true);
  view.setBigUint64(104, BigInt(size), true);
  view.setBigUint64(112, 0x1000n, true);
  bytes.set(code, HEADERS);
  bytes.set(text, HEADERS + code.length);
  return bytes;
}
