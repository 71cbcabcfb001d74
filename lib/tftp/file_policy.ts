/**
 * Which file a request gets. Names come from peers and are not trusted: nothing they say reaches
 * beyond the files or the folder that the person chose.
 *
 * @module
 */
import { isAbsolute, join, relative } from "@std/path";
import { toUnbrickError } from "../errors.ts";
import type { FileSink, Host } from "../host/host.ts";
import { fileSource, memorySource } from "./files.ts";
import {
  bytesFromByteString,
  type ByteString,
  byteStringFromText,
  displayByteString,
} from "./name.ts";
import { TftpError, type TftpErrorCode } from "./packet.ts";
import type { BlockSource } from "./session.ts";

/** A request that is not granted. */
export interface Refusal {
  /** Marks a refusal. */
  readonly kind: "refused";
  /** Why, for the person at this computer. */
  readonly reason: string;
  /** What the peer is told: short, and nothing about this computer. */
  readonly code: TftpErrorCode;
  /** Text that goes with the code. */
  readonly message: string;
  /** Whether the peer is told nothing at all, so that it asks again in its own time. */
  readonly isSilent?: boolean;
  /** Whether it is refused because the system lets nothing more be opened. */
  readonly isShortage?: boolean;
}

/** A file to send. */
export interface ReadGrant {
  /** Marks a file to send. */
  readonly kind: "read";
  /** Its bytes. */
  readonly source: BlockSource;
  /** What it is called for the person. */
  readonly name: string;
  /** SHA-256 in hex, if known beforehand. */
  readonly sha256: string | undefined;
  /** To be called when the transfer is over. */
  readonly close: () => void;
}

/** A file to receive. */
export interface WriteGrant {
  /** Marks a file to receive. */
  readonly kind: "write";
  /** What it will be called for the person. */
  readonly name: string;
  /** Starts the file. Throws UnbrickError. */
  readonly create: () => FileSink;
}

/** Answers requests for reading and for writing. */
export interface FilePolicy {
  /** What an RRQ for this name gets. */
  read(name: ByteString): ReadGrant | Refusal;
  /** What a WRQ for this name gets. */
  write(name: ByteString): WriteGrant | Refusal;
}

/** An image in memory: exactly these bytes are sent, whatever happens to the file. */
export interface Image {
  /** File name without folders. */
  readonly name: string;
  /** The bytes. */
  readonly bytes: Uint8Array;
  /** SHA-256 in hex. */
  readonly sha256: string;
}

/**
 * The refusal of a name that is not served. ERROR 1 would be the RFC's answer, but U-Boot stops for
 * good on codes 1 and 2 and starts again on any other, so that it finds the file once the person
 * has given it the right name.
 */
function unknownName(reason: string): Refusal {
  return { kind: "refused", reason, code: TftpError.NOT_DEFINED, message: "unknown file name" };
}

const READ_ONLY: Refusal = {
  kind: "refused",
  reason: "this server only sends files (give a folder with --writable to receive)",
  code: TftpError.ACCESS_VIOLATION,
  message: "read only",
};

/** Options of {@link imagePolicy}. */
export interface ImagePolicyOptions {
  /** Further names under which the only image is served. */
  readonly aliases: readonly string[];
  /** Give the only image to whoever asks, whatever the name. */
  readonly anyName: boolean;
}

/** Serves images from memory, under their own names and those given. */
export function imagePolicy(images: readonly Image[], options: ImagePolicyOptions): FilePolicy {
  const byName = new Map<ByteString, Image>();
  for (const image of images) byName.set(byteStringFromText(image.name), image);
  const [only] = images;
  if (only !== undefined && images.length === 1) {
    for (const alias of options.aliases) byName.set(requestKey(byteStringFromText(alias)), only);
  }
  return {
    read(name) {
      const image = byName.get(requestKey(name)) ?? (options.anyName ? only : undefined);
      if (image === undefined) {
        return unknownName("no image is served under that name");
      }
      return {
        kind: "read",
        source: memorySource(image.bytes),
        name: image.name,
        sha256: image.sha256,
        close: () => {},
      };
    },
    write: () => READ_ONLY,
  };
}

/** Loaders ask for "x.bin" and for "/x.bin" and mean the same. */
function requestKey(name: ByteString): ByteString {
  return name.replace(/^\/+/, "");
}

/** Serves the files of a folder, reading each from disk while it is sent. */
export function directoryPolicy(
  host: Pick<Host, "realPath" | "stat" | "openFile">,
  directory: string,
): FilePolicy {
  return {
    read(name) {
      const parts = safePathParts(requestKey(name));
      if ("unsafe" in parts) return unknownName(parts.unsafe);
      const root = host.realPath(directory);
      const path = root === undefined ? undefined : host.realPath(join(root, ...parts.parts));
      if (root === undefined || path === undefined) return unknownName("there is no such file");
      // Compared by path components: "/srv/tftp-secret" is not inside "/srv/tftp".
      const inside = relative(root, path);
      if (inside === "" || isAbsolute(inside) || inside.split(/[\\/]/)[0] === "..") {
        return unknownName("the name leads out of the folder");
      }
      if (host.stat(path)?.kind !== "file") return unknownName("that is not a file");
      try {
        const file = host.openFile(path);
        return {
          kind: "read",
          source: fileSource(file),
          name: parts.parts.join("/"),
          sha256: undefined,
          close: () => file.close(),
        };
      } catch (thrown) {
        const error = toUnbrickError(thrown);
        const isShortage = error.code === "too-many-open";
        return { ...unknownName(error.message), isShortage, isSilent: isShortage };
      }
    },
    write: () => READ_ONLY,
  };
}

/** Adds to a policy that WRQs may make new files in a folder. */
export function withWritableDirectory(
  policy: FilePolicy,
  host: Pick<Host, "stat" | "createFile">,
  directory: string,
): FilePolicy {
  return {
    read: policy.read,
    write(name) {
      const refuse = (reason: string, code: TftpErrorCode, message: string): Refusal => ({
        kind: "refused",
        reason,
        code,
        message,
      });
      const parts = safePathParts(name);
      if ("unsafe" in parts) {
        return refuse(parts.unsafe, TftpError.ACCESS_VIOLATION, "name not allowed");
      }
      const [fileName, ...rest] = parts.parts;
      if (fileName === undefined || rest.length > 0) {
        return refuse("the name has folders in it", TftpError.ACCESS_VIOLATION, "name not allowed");
      }
      const path = join(directory, fileName);
      if (host.stat(path) !== undefined) {
        return refuse("a file of that name is already there", TftpError.FILE_EXISTS, "exists");
      }
      return { kind: "write", name: fileName, create: () => host.createFile(path) };
    },
  };
}

/** Longest part of a path, in bytes; what all file systems in use allow. */
const LONGEST_PART = 255;

/**
 * Names that are devices on Windows, with any extension, also after spaces; refused everywhere, as
 * sticks travel.
 */
const DEVICE_NAME =
  /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$) *(\..*)?$/i;

/**
 * Splits a name into path parts that cannot lead anywhere but down, on any system.
 *
 * @returns the parts, or why the name is not safe.
 */
export function safePathParts(
  name: ByteString,
): { readonly parts: readonly string[] } | { readonly unsafe: string } {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytesFromByteString(name));
  } catch {
    return { unsafe: "the name is not UTF-8 text" };
  }
  if (text === "") return { unsafe: "the name is empty" };
  const parts = text.split("/");
  for (const part of parts) {
    if (part === "") return { unsafe: "the name is absolute or has an empty part" };
    if (part === "." || part === "..") return { unsafe: `the name has "${part}" in it` };
    if (/[\\:*?"<>|]|\p{Cc}/u.test(part)) {
      return { unsafe: `the name has a character that files must not have` };
    }
    if (/[. ]$/.test(part)) return { unsafe: "a part of the name ends in a dot or a space" };
    if (DEVICE_NAME.test(part)) return { unsafe: `"${displayByteString(part)}" is a device name` };
    if (new TextEncoder().encode(part).length > LONGEST_PART) {
      return { unsafe: "a part of the name is too long" };
    }
  }
  return { parts };
}
