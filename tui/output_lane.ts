/**
 * Texts on their way to a terminal or a pipe: in the order in which they were written, one write at a
 * time, so that nobody who writes is held up by a reader who has stopped reading.
 *
 * @module
 */

/** Where texts go. */
export interface Sink {
  /** Writes all of a text; takes as long as the reader does. Rejects when nobody reads any more. */
  write(text: string): Promise<void>;
  /** Called once, when a write was rejected. Nothing is written to it after that. */
  closed(): void;
}

/** Texts that wait for their sinks. Sinks that may be one and the same terminal share a lane. */
export interface OutputLane {
  /** Puts a text behind all others. */
  write(sink: Sink, text: string): void;
  /** Does something when all texts so far are written: at once if none waits. Must not throw. */
  after(action: () => void): void;
  /** Characters that no reader has taken yet. */
  waiting(): number;
  /** Settles when nothing waits. Never rejects. */
  flushed(): Promise<void>;
}

/** Texts are joined up to so many characters: fewer writes for many short lines. */
const MOST_AT_ONCE = 4096;

interface Piece {
  readonly sink: Sink;
  readonly text: string;
}

/** Opens a lane. */
export function openLane(): OutputLane {
  const pieces: Piece[] = [];
  const closed = new Set<Sink>();
  let waiting = 0;
  let writing: Promise<void> | undefined;

  /** Takes the next text off the queue, with what follows for the same sink. */
  function take(): Piece | undefined {
    const [first] = pieces;
    if (first === undefined) return undefined;
    let { text } = first;
    let count = 1;
    for (let next = pieces[1]; next?.sink === first.sink; next = pieces[count]) {
      if (text.length + next.text.length > MOST_AT_ONCE) break;
      text += next.text;
      count++;
    }
    pieces.splice(0, count);
    return { sink: first.sink, text };
  }

  async function writeAll(): Promise<void> {
    for (let piece = take(); piece !== undefined; piece = take()) {
      const { sink, text } = piece;
      try {
        if (!closed.has(sink)) await sink.write(text);
      } catch {
        closed.add(sink);
        sink.closed();
      }
      waiting -= text.length;
    }
    writing = undefined;
  }

  function add(piece: Piece): void {
    pieces.push(piece);
    waiting += piece.text.length;
    writing ??= writeAll();
  }

  return {
    write(sink, text) {
      if (text !== "" && !closed.has(sink)) add({ sink, text });
    },
    after(action) {
      add({ sink: { write: () => Promise.resolve(action()), closed: () => {} }, text: "" });
    },
    waiting: () => waiting,
    flushed: () => writing ?? Promise.resolve(),
  };
}
