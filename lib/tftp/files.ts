/**
 * Where the bytes of a transfer come from and go to: sources for sending, sinks for receiving.
 *
 * @module
 */
import type { FileReader, FileSink } from "../host/host.ts";
import { UnbrickError } from "../errors.ts";
import { nodeCrypto } from "../node_builtins.ts";
import { encodeNetascii, netasciiDecoder, netasciiLength } from "./netascii.ts";
import type { BlockSource } from "./session.ts";

/** Bytes already in memory. */
export function memorySource(bytes: Uint8Array): BlockSource {
  return {
    size: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  };
}

/**
 * Bytes read from a file at a time, or one block if that is more. Each transfer keeps as much in
 * memory; in larger pieces it was not faster.
 */
const READ_AHEAD = 16384;

/** Bytes of an open file, read ahead a little. */
export function fileSource(file: FileReader): BlockSource {
  let buffer = new Uint8Array(0);
  let start = 0;
  let filled = 0;
  return {
    size: file.size,
    read(offset, length) {
      const wanted = Math.min(length, Math.max(0, file.size - offset));
      if (offset < start || offset + wanted > start + filled) {
        // The first block alone: most requests of a flood never get further.
        const capacity = offset === 0 ? length : Math.max(length, READ_AHEAD);
        if (buffer.length < capacity) buffer = new Uint8Array(capacity);
        start = offset;
        filled = file.read(offset, buffer.subarray(0, Math.min(capacity, file.size - offset)));
        if (filled < wanted) {
          throw new UnbrickError("file-unreadable", "The file became shorter while it was sent", {
            hint: "Leave the file alone until the transfer is over",
          });
        }
      }
      return buffer.subarray(offset - start, offset - start + wanted);
    },
  };
}

/** Largest file that is sent in netascii: its size there is counted first, and text files are small. */
const NETASCII_LIMIT = 16 * 1024 * 1024;

/** Bytes of a file that are converted to netascii at a time. */
const NETASCII_PIECE = 65536;

/**
 * The same bytes in netascii form, converted a piece at a time, so that many requests do not fill the
 * memory. Throws UnbrickError for a file that is too large for that.
 */
export function netasciiSource(source: BlockSource): BlockSource {
  if (source.size > NETASCII_LIMIT) {
    throw new UnbrickError("file-invalid", `${source.size} bytes are too many for netascii mode`, {
      hint: "Ask for the file in octet (binary) mode",
    });
  }
  const readPiece = (index: number): Uint8Array =>
    source.read(index * NETASCII_PIECE, NETASCII_PIECE);
  /** Where each piece begins in netascii, and at last the end: bytes are converted one by one. */
  const starts = [0];
  for (let index = 0; index * NETASCII_PIECE < source.size; index++) {
    starts.push(starts[index]! + netasciiLength(readPiece(index)));
  }
  let current = -1;
  let encoded = new Uint8Array(0);
  const size = starts.at(-1)!;
  return {
    size,
    read(offset, length) {
      const end = Math.min(offset + length, size);
      const result = new Uint8Array(Math.max(0, end - offset));
      let index = starts.findLastIndex((start) => start <= offset);
      for (let at = offset; at < end; index++) {
        if (index !== current) encoded = encodeNetascii(readPiece(index));
        current = index;
        const part = encoded.subarray(at - starts[index]!, end - starts[index]!);
        result.set(part, at - offset);
        at += part.length;
      }
      return result;
    },
  };
}

/** A sink that converts from netascii on the way to another. */
export function netasciiSink(sink: FileSink): FileSink {
  const decode = netasciiDecoder();
  return {
    write: (bytes) => sink.write(decode(bytes)),
    commit() {
      sink.write(decode(undefined));
      sink.commit();
    },
    discard: () => sink.discard(),
  };
}

/** A sink that hashes what passes through. */
export interface HashingSink extends FileSink {
  /** SHA-256 of everything written, in hex. Callable once, at the end. */
  digest(): string;
}

/** Hashes (SHA-256) what is written to another sink. */
export function hashingSink(sink: FileSink): HashingSink {
  const hash = nodeCrypto().createHash("sha256");
  return {
    write(bytes) {
      hash.update(bytes);
      sink.write(bytes);
    },
    commit: () => sink.commit(),
    discard: () => sink.discard(),
    digest: () => hash.digest("hex"),
  };
}

/** SHA-256 of bytes in hex. */
export function sha256(bytes: Uint8Array): string {
  return nodeCrypto().createHash("sha256").update(bytes).digest("hex");
}
