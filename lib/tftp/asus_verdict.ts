/**
 * The verdict of an ASUS bootloader on an image that was pushed into it.
 *
 * @module
 */

/**
 * ASUS bootloaders tell how writing the flash went in a packet of their own: opcode 6, which is
 * OACK elsewhere, and a 16-bit flag, 1 for good and 0 for bad. They send it six times.
 *
 * @returns whether it went well; undefined for any other packet.
 */
export function asusVerdict(bytes: Uint8Array): boolean | undefined {
  const [high, opcode, flagHigh, flag] = bytes;
  if (bytes.length !== 4 || high !== 0 || opcode !== 6 || flagHigh !== 0) return undefined;
  return flag === 0 || flag === 1 ? flag === 1 : undefined;
}
