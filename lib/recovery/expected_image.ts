/**
 * What the inspection of an image compares with, taken from a catalogue entry.
 *
 * @module
 */
import { imageExpectation } from "../device/image_expectation.ts";
import type { Device, Family } from "../device/types.ts";
import type { Expectation, LoaderLayout } from "../firmware/expectation.ts";
import type { ImageKind } from "../firmware/inspection.ts";

/** Kinds that the inspection can tell apart. */
const KNOWN_KINDS: readonly ImageKind[] = [
  "factory",
  "stock",
  "sysupgrade",
  "initramfs",
  "tftp-recovery",
];

const LAYOUTS: ReadonlyMap<number, LoaderLayout> = new Map([
  [0x10000, "skips-64k"],
  [0x20000, "skips-128k"],
]);

/** What an entry expects of an image, in the words of the inspection. */
export function expectationOf(entry: Device | Family): Expectation {
  const wanted = imageExpectation(entry);
  const kinds = wanted.acceptedKinds.flatMap((kind) =>
    KNOWN_KINDS.filter((known) => known === kind)
  );
  // A kind that cannot be told apart may be what lies there, so nothing can be said against it.
  const isComplete = kinds.length > 0 && kinds.length === wanted.acceptedKinds.length;
  const layout = LAYOUTS.get(wanted.skipsFirst ?? 0);
  return {
    device: `${entry.vendor} ${entry.model}`,
    names: wanted.deviceNames,
    ...(wanted.openwrtBoards.length === 0 ? {} : { boards: wanted.openwrtBoards }),
    ...(isComplete ? { kinds } : {}),
    ...(wanted.maxBytes === undefined ? {} : { maxSize: wanted.maxBytes }),
    ...(wanted.mustBeSigned ? { signedOnly: true } : {}),
    ...(wanted.noRollover ? { noRollover: true } : {}),
    ...(layout === undefined ? {} : { layout }),
  };
}
