/**
 * Serving one image under names that become known only while the device asks.
 *
 * @module
 */
import { type FilePolicy, type Image, imagePolicy } from "../tftp/file_policy.ts";
import { type ByteString, displayByteString } from "../tftp/name.ts";

/** A policy that can be told to give the image under one more name. */
export interface AskedNames {
  /** For the server. */
  readonly policy: FilePolicy;
  /** Gives the image to whoever asks for a name, as it is shown. */
  allow(shownName: string): void;
}

/**
 * Serves an image under its own name and the planned ones. Other names get no answer rather than an
 * ERROR: some loaders use up all their attempts in a second when they are told, and the person needs
 * time to say yes.
 */
export function askedNames(image: Image, names: readonly ByteString[]): AskedNames {
  const planned = new Set(names);
  const allowed = new Set<string>();
  const own = imagePolicy([image], { aliases: [], anyName: false });
  const any = imagePolicy([image], { aliases: [], anyName: true });
  return {
    policy: {
      read(name) {
        const bare = name.replace(/^\/+/, "");
        if (planned.has(name) || planned.has(bare) || allowed.has(displayByteString(name))) {
          return any.read(name);
        }
        const grant = own.read(name);
        return grant.kind === "refused" ? { ...grant, isSilent: true } : grant;
      },
      write: own.write,
    },
    allow: (shownName) => void allowed.add(shownName),
  };
}
