/**
 * What the benchmark of transfers measures: one row for each combination of block, window, file,
 * clients and line.
 *
 * @module
 */

/** The line between client and server. */
export interface Line {
  /** Round trip of the line itself, in milliseconds; 0 is loopback when nothing is lost either. */
  readonly roundTripMs: number;
  /** Share of datagrams that are lost, 0 to 1. */
  readonly loss: number;
}

/** What a row measures. */
export interface Row extends Line {
  /** Bytes per block. */
  readonly blksize: number;
  /** Blocks per window; 1 is lock-step. */
  readonly windowsize: number;
  /** Clients at once. */
  readonly clients: number;
  /** Bytes of the file that each client transfers. */
  readonly bytes: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** Payload that a gigabit line carries in a second, in MB (10^6 bytes). */
export const GIGABIT = 118;

const HERE: Line = { roundTripMs: 0, loss: 0 };

function single(blksize: number, windowsize: number, bytes: number): Row {
  return { ...HERE, blksize, windowsize, clients: 1, bytes };
}

/** Many clients share about as many bytes as one would read alone. */
function crowd(clients: number, blksize: number, windowsize: number): Row {
  const bytes = (windowsize === 1 ? 16 : 128) * MIB / clients;
  return { ...HERE, blksize, windowsize, clients, bytes };
}

/** Over a longer line files are smaller: some programs wait five seconds for each lost packet. */
function distant(roundTripMs: number, loss: number, windowsize: number): Row {
  const bytes = windowsize === 1 ? 64 * KIB : MIB;
  return { roundTripMs, loss, blksize: 1468, windowsize, clients: 1, bytes };
}

/** Rows of a run without `--all`: about a quarter of an hour. */
export const USUAL_ROWS: readonly Row[] = [
  single(512, 1, MIB),
  single(1468, 1, MIB),
  single(1468, 1, 64 * MIB),
  single(8192, 1, 64 * MIB),
  ...[4, 16, 64].map((window) => single(1468, window, 64 * MIB)),
  ...[8, 32, 128].flatMap((clients) => [crowd(clients, 512, 1), crowd(clients, 1468, 16)]),
  ...[1, 16].flatMap((window) => [
    distant(1, 0, window),
    distant(10, 0, window),
    distant(10, 0.01, window),
    distant(0, 0.05, window),
  ]),
];

/** Every combination: more than an hour. */
export const ALL_ROWS: readonly Row[] = [
  ...[MIB, 64 * MIB].flatMap((bytes) =>
    [512, 1468, 8192].flatMap((blksize) =>
      [1, 4, 16, 64].map((window) => single(blksize, window, bytes))
    )
  ),
  ...[8, 32, 128].flatMap((clients) =>
    [512, 1468, 8192].flatMap((blksize) =>
      [1, 4, 16, 64].map((window) => crowd(clients, blksize, window))
    )
  ),
  ...[0, 1, 10].flatMap((roundTripMs) =>
    [0, 0.01, 0.05].flatMap((loss) =>
      [1, 4, 16, 64].map((window) => distant(roundTripMs, loss, window))
    )
  ),
];

/** A row in words. */
export function describeRow(row: Row): string {
  const { blksize, windowsize, clients, bytes, roundTripMs, loss } = row;
  return [
    `${blksize} bytes`,
    windowsize === 1 ? "lock-step" : `window ${windowsize}`,
    bytes < MIB ? `${bytes / KIB} KiB` : `${bytes / MIB} MiB`,
    ...(clients === 1 ? [] : [`${clients} clients`]),
    ...(roundTripMs === 0 ? [] : [`${roundTripMs} ms`]),
    ...(loss === 0 ? [] : [`${loss * 100} % lost`]),
  ].join(", ");
}

/** A line in words, the same for all rows on it. */
export function lineOf({ roundTripMs, loss }: Line): string {
  return `${roundTripMs} ms, ${loss}`;
}

/** MB/s that the line of a row allows: a window for each round trip, a gigabit at most. */
export function lineSpeed({ blksize, windowsize, clients, roundTripMs }: Row): number {
  if (roundTripMs === 0) return GIGABIT;
  return Math.min(GIGABIT, clients * blksize * windowsize / 1000 / roundTripMs);
}
