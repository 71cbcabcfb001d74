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

/** Serves an image under its own name and the planned ones. */
export function askedNames(image: Image, names: readonly ByteString[]): AskedNames {
  const planned = new Set(names);
  const allowed = new Set<string>();
  const own = imagePolicy([image], { aliases: [], anyName: false });
  const any = imagePolicy([image], { aliases: [], anyName: true });
  return {
    policy: {
      read(name) {
        const bare = name.replace(/^\/+/, "");
        return planned.has(name) || planned.has(bare) || allowed.has(displayByteString(name))
          ? any.read(name)
          : own.read(name);
      },
      write: own.write,
    },
    allow: (shownName) => void allowed.add(shownName),
  };
}
