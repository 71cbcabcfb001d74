/** Writes OpenWrt's trailer, so that reading it is not tested against itself alone. */
import { crc32 } from "node:zlib";
import { concat } from "./samples.ts";

function trailer(bytes: Uint8Array, type: number, size: number): Uint8Array {
  const result = new Uint8Array(16);
  const view = new DataView(result.buffer);
  result.set(new TextEncoder().encode("FWx0"));
  view.setUint32(4, ~crc32(bytes) >>> 0);
  view.setUint8(8, type);
  view.setUint32(12, size);
  return result;
}

/** Appends metadata. */
export function withMetadata(payload: Uint8Array, metadata: unknown): Uint8Array {
  const json = new TextEncoder().encode(`${JSON.stringify(metadata)}\n`);
  const body = concat(payload, new Uint8Array(8), json);
  return concat(body, trailer(body, 1, 8 + json.length + 16));
}

/** Appends a signature block. */
export function withSignature(bytes: Uint8Array, signature: Uint8Array): Uint8Array {
  const body = concat(bytes, signature);
  return concat(body, trailer(body, 0, signature.length + 16));
}
