/**
 * A tar as npm's archives are, as far as `tools/build/tar.ts` looks at it.
 *
 * @module
 */

const BLOCK = 512;

/** A tar of files by their names, in that order. */
export function tarOf(files: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  const blocks = Object.entries(files).map(([name, content]) => {
    const block = new Uint8Array(BLOCK + Math.ceil(content.length / BLOCK) * BLOCK);
    const put = (text: string, at: number) => block.set(new TextEncoder().encode(text), at);
    put(name, 0);
    put(content.length.toString(8).padStart(11, "0"), 124);
    put(content, BLOCK);
    return block;
  });
  return new Uint8Array(blocks.flatMap((block) => [...block]).concat(new Array(2 * BLOCK).fill(0)));
}
