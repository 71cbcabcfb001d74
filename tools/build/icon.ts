/**
 * The icon of the program for Windows: a box with two antennas, drawn here.
 *
 * @module
 */

const PICTURE = [
  "................",
  "..w..........w..",
  "..w..........w..",
  "..w....gg....w..",
  "..w...gggg...w..",
  "..w..gggggg..w..",
  "..w....gg....w..",
  "..w....gg....w..",
  "..w....gg....w..",
  "..w..........w..",
  ".bbbbbbbbbbbbbb.",
  ".bbbbbbbbbbbbbb.",
  ".bgbgbbbbbbbbbb.",
  ".bbbbbbbbbbbbbb.",
  "..bb........bb..",
  "................",
];

/** Blue, green, red, alpha. */
const COLORS: Readonly<Record<string, readonly number[]>> = {
  w: [0x81, 0x76, 0x6e, 0xff],
  g: [0x50, 0xb9, 0x3f, 0xff],
  b: [0x5e, 0x3d, 0x1f, 0xff],
};
const CLEAR: readonly number[] = [0, 0, 0, 0];

const SIZES = [16, 32, 48];

/** The icon as an ICO file with pictures of 16, 32 and 48 pixels. */
export function drawIcon(): Uint8Array<ArrayBuffer> {
  const pictures = SIZES.map(drawPicture);
  const directory = new DataView(new ArrayBuffer(6 + 16 * SIZES.length));
  directory.setUint16(2, 1, true);
  directory.setUint16(4, SIZES.length, true);
  let offset = directory.byteLength;
  SIZES.forEach((size, index) => {
    const at = 6 + 16 * index;
    directory.setUint8(at, size);
    directory.setUint8(at + 1, size);
    directory.setUint16(at + 4, 1, true);
    directory.setUint16(at + 6, 32, true);
    directory.setUint32(at + 8, pictures[index]!.length, true);
    directory.setUint32(at + 12, offset, true);
    offset += pictures[index]!.length;
  });
  const icon = new Uint8Array(offset);
  icon.set(new Uint8Array(directory.buffer));
  let at = directory.byteLength;
  for (const picture of pictures) {
    icon.set(picture, at);
    at += picture.length;
  }
  return icon;
}

/** A picture as icons hold it: BITMAPINFOHEADER, rows from below, then a mask that is not used. */
function drawPicture(size: number): Uint8Array {
  const header = 40;
  const maskRow = Math.ceil(size / 32) * 4;
  const bytes = new Uint8Array(header + size * size * 4 + size * maskRow);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, header, true);
  view.setInt32(4, size, true);
  view.setInt32(8, 2 * size, true);
  view.setUint16(12, 1, true);
  view.setUint16(14, 32, true);
  const scale = size / PICTURE.length;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const cell = PICTURE[Math.floor(y / scale)]![Math.floor(x / scale)]!;
      bytes.set(COLORS[cell] ?? CLEAR, header + ((size - 1 - y) * size + x) * 4);
    }
  }
  return bytes;
}
