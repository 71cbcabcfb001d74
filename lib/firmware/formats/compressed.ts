/**
 * Compressed streams. Alone in a file they are a download to unpack; inside an image they are its
 * kernel, and nothing more is asked of them.
 *
 * @module
 */
import type { Window } from "../bytes.ts";
import { type Format, PartDraft, type Scope } from "../format.ts";
import type { Finding, Part } from "../inspection.ts";

interface Stream {
  readonly id: string;
  readonly title: string;
  readonly magic: readonly number[];
  /** What unpacks it when it is a download; without it, it is only ever a kernel. */
  readonly unpack?: string;
}

const STREAMS: readonly Stream[] = [
  { id: "gzip", title: "gzip data", magic: [0x1f, 0x8b, 0x08], unpack: "gzip" },
  { id: "xz", title: "xz data", magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], unpack: "xz" },
  { id: "bzip2", title: "bzip2 data", magic: [0x42, 0x5a, 0x68], unpack: "bzip2" },
  { id: "zstd", title: "zstd data", magic: [0x28, 0xb5, 0x2f, 0xfd], unpack: "zstd" },
  { id: "lz4", title: "LZ4 data", magic: [0x04, 0x22, 0x4d, 0x18] },
  { id: "lz4-legacy", title: "LZ4 data (legacy)", magic: [0x02, 0x21, 0x4c, 0x18] },
  { id: "lzo", title: "LZO data", magic: [0x89, 0x4c, 0x5a, 0x4f] },
];

const LZMA_HEADER = 13;
const MAX_LZMA_PROPERTIES = 9 * 5 * 5;
const MAX_UNPACKED = 0x10000000;

/** LZMA has no magic: properties, a dictionary that is a power of two, and a length that can be. */
function isLzma(window: Window): boolean {
  const dictionary = window.u32(1, true);
  const isDictionary = dictionary >= 0x1000 && (dictionary & (dictionary - 1)) === 0;
  const isUnknown = window.isFilledWith(0xff, 5, 8);
  const unpacked = window.u64(5, true);
  return window.has(0, LZMA_HEADER) && window.u8(0) < MAX_LZMA_PROPERTIES && isDictionary &&
    (isUnknown || (unpacked > 0 && unpacked < MAX_UNPACKED));
}

/** Tells to unpack a download. */
export function unpackNotice(kind: string): Finding {
  return {
    severity: "stop",
    code: "archive",
    message: `This is a packed download (${kind}), not an image`,
    hint: "Unpack it first and choose the file inside",
  };
}

function read(scope: Scope): Part | undefined {
  const { window } = scope;
  const stream = STREAMS.find(({ magic }) => window.matches(0, magic));
  if (stream !== undefined) {
    const draft = new PartDraft(scope, stream.id, stream.title);
    const isDownload = window.start === 0 && stream.unpack !== undefined;
    if (isDownload) draft.notice(unpackNotice(stream.unpack ?? ""));
    if (stream.id === "xz" && isDownload && !window.matches(window.size - 2, "YZ")) {
      draft.compare("xz end", window.size - 2, window.size, "YZ", "missing");
    }
    return draft.done();
  }
  return isLzma(window) ? new PartDraft(scope, "lzma", "LZMA data").done() : undefined;
}

/** Compressed stream. */
export const COMPRESSED: Format = { id: "compressed", read };
