/**
 * The checksums that firmware formats use. Each takes a list of pieces, read one after the other,
 * so that a field can be counted as zero (or as a salt) without copying the file.
 *
 * @module
 */
import { nodeCrypto, nodeZlib } from "../node_builtins.ts";
import { hex32 } from "./bytes.ts";

/** Bytes to be read one after the other. */
export type Pieces = readonly Uint8Array[];

/** A checksum as text: lower-case hexadecimal. */
export type Digest = (pieces: Pieces) => string;

/** CRC-32 register (polynomial EDB88320, reflected) after all pieces, without final inversion. */
function crcRegister(pieces: Pieces, initial: number): number {
  // zlib keeps the inverted register, so `~` on the way in and out gives the bare one.
  let inverted = ~initial >>> 0;
  const zlib = nodeZlib();
  for (const piece of pieces) inverted = zlib.crc32(piece, inverted) >>> 0;
  return ~inverted >>> 0;
}

/** CRC-32 of zlib, gzip and uImage: register FFFFFFFF, inverted at the end. */
export function crc32(pieces: Pieces): number {
  return ~crcRegister(pieces, 0xffffffff) >>> 0;
}

/** JAMCRC: CRC-32 without the final inversion (TRX, OpenWrt's trailer, UBI). */
export function jamCrc32(pieces: Pieces): number {
  return crcRegister(pieces, 0xffffffff);
}

/** CRC-32 with register 0 and no final inversion (JFFS2, NETGEAR encrypted). */
export function zeroCrc32(pieces: Pieces): number {
  return crcRegister(pieces, 0);
}

const POSIX_TABLE = new Uint32Array(256).map((_, index) => {
  let register = index << 24;
  for (let bit = 0; bit < 8; bit++) {
    register = (register << 1) ^ (register & 0x80000000 ? 0x04c11db7 : 0);
  }
  return register >>> 0;
});

/** POSIX `cksum`: polynomial 04C11DB7 not reflected, the length appended low byte first. */
export function posixCksum(pieces: Pieces): number {
  let register = 0;
  let length = 0;
  const add = (byte: number) => {
    register = ((register << 8) ^ (POSIX_TABLE[(register >>> 24) ^ byte] ?? 0)) >>> 0;
  };
  for (const piece of pieces) {
    length += piece.length;
    for (let i = 0; i < piece.length; i++) add(piece[i] ?? 0);
  }
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) add(rest % 256);
  return ~register >>> 0;
}

/** Sum of all bytes, modulo 2^32. */
export function sum32(pieces: Pieces): number {
  // Exact up to 2^45 bytes, so it is brought into 32 bits only once.
  let sum = 0;
  for (const piece of pieces) {
    for (let i = 0; i < piece.length; i++) sum += piece[i] ?? 0;
  }
  return sum >>> 0;
}

/** Sum of all bytes, modulo 256. */
export function sum8(pieces: Pieces): number {
  return sum32(pieces) & 0xff;
}

/** Sum of 16-bit words of one piece with end-around carry; an odd last byte counts as a low byte. */
export function foldedSum16(bytes: Uint8Array, littleEndian: boolean): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    const first = bytes[i] ?? 0;
    const second = bytes[i + 1] ?? 0;
    sum += littleEndian ? first | (second << 8) : (first << 8) | second;
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}

/** System V `sum`: the 32-bit byte sum with its high half added to its low half, twice. */
export function systemVSum(pieces: Pieces): number {
  let sum = sum32(pieces);
  sum = (sum & 0xffff) + (sum >>> 16);
  return (sum & 0xffff) + (sum >>> 16);
}

/** NETGEAR CHK: a byte sum and a sum of sums, each folded to 16 bits. */
export function netgearSum(pieces: Pieces): number {
  let low = 0;
  let high = 0;
  for (const piece of pieces) {
    for (let i = 0; i < piece.length; i++) {
      low = (low + (piece[i] ?? 0)) >>> 0;
      high = (high + low) >>> 0;
    }
  }
  const fold = (value: number) => {
    const once = (value & 0xffff) + (value >>> 16);
    return (once & 0xffff) + (once >>> 16);
  };
  return fold(high) * 0x10000 + fold(low);
}

function hashDigest(algorithm: string): Digest {
  return (pieces) => {
    const hash = nodeCrypto().createHash(algorithm);
    for (const piece of pieces) hash.update(piece);
    return hash.digest("hex");
  };
}

function wordDigest(sum: (pieces: Pieces) => number): Digest {
  return (pieces) => hex32(sum(pieces));
}

/** MD5. */
export const MD5: Digest = hashDigest("md5");
/** SHA-1. */
export const SHA1: Digest = hashDigest("sha1");
/** SHA-256. */
export const SHA256: Digest = hashDigest("sha256");
/** SHA-512. */
export const SHA512: Digest = hashDigest("sha512");
/** {@link crc32} as text. */
export const CRC32: Digest = wordDigest(crc32);
/** {@link jamCrc32} as text. */
export const JAMCRC32: Digest = wordDigest(jamCrc32);
/** {@link zeroCrc32} as text. */
export const ZEROCRC32: Digest = wordDigest(zeroCrc32);
/** {@link posixCksum} as text. */
export const CKSUM: Digest = wordDigest(posixCksum);
/** {@link sum32} as text. */
export const SUM32: Digest = wordDigest(sum32);
/** {@link systemVSum} as text. */
export const SYSVSUM: Digest = wordDigest(systemVSum);
/** {@link netgearSum} as text. */
export const NETGEARSUM: Digest = wordDigest(netgearSum);
