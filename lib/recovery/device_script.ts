/**
 * The script of a catalogue entry with its values filled in. Pure.
 *
 * @module
 */
import { plainLine, type ScriptLine } from "../console/scripts.ts";
import type { RedbootScript } from "../device/types.ts";
import { UnbrickError } from "../errors.ts";
import type { Image } from "../tftp/file_policy.ts";

/**
 * The lines to type. `{free}` stays: only the device can tell it.
 *
 * @param device dotted address of the device.
 * @param server dotted address of this computer.
 */
export function deviceScript(
  script: RedbootScript,
  device: string,
  server: string,
): readonly ScriptLine[] {
  const values = new Map([
    ["{device}", device],
    ["{server}", server],
    ...script.files.map(({ name }) => [`{${name}}`, name] as const),
  ]);
  return script.lines.map((line) =>
    plainLine(line.replace(/(?<!%)\{[^}]*\}/g, (word) => values.get(word) ?? word))
  );
}

/**
 * The images under the short names that the script types. Throws UnbrickError `usage` when there are
 * more or fewer of them than the script has files.
 */
export function scriptImages(script: RedbootScript, images: readonly Image[]): readonly Image[] {
  const { files } = script;
  if (images.length === files.length) {
    return images.map((image, index) => ({ ...image, name: files[index]!.name }));
  }
  throw new UnbrickError(
    "usage",
    `This device loads ${files.length === 1 ? "one file" : `${files.length} files`}, ` +
      `not ${images.length}`,
    { hint: `Give them in this order: ${files.map(({ what }) => what).join("; ")}` },
  );
}
