/**
 * What a format reader gets and gives back. A reader looks at one window of the file: either it
 * recognises its format there and returns a {@link Part}, or it returns undefined. It never throws,
 * and it hashes only through the scope, which stops paying when a file nests without end.
 *
 * @module
 */
import type { Digest, Pieces } from "./checksum.ts";
import type { Window } from "./bytes.ts";
import type {
  Check,
  CutOffer,
  Fact,
  Finding,
  ImageKind,
  Mark,
  MarkScheme,
  OpenWrtMetadata,
  Part,
} from "./inspection.ts";

/** Where a reader looks, and what it may ask for. */
export interface Scope {
  /** From where the part would start to the end of the bytes it may use. */
  readonly window: Window;
  /** The whole file. */
  readonly file: Window;
  /** Recognises what lies in a stretch of the window. */
  inside(offset: number, length: number): readonly Part[];
  /** Takes `bytes` of work from what the file may cost; false when that is used up. */
  spend(bytes: number): boolean;
}

/** One format: recognises and reads in one step. */
export interface Format {
  /** Stable name. */
  readonly id: string;
  /** Reads a part that starts where the window starts. */
  read(scope: Scope): Part | undefined;
}

/** A format at the end of a file, whatever the file begins with. */
export interface TrailerFormat {
  /** Stable name. */
  readonly id: string;
  /** Reads a part that ends where the window ends. */
  readEnd(scope: Scope): Part | undefined;
}

/** One checksum to verify. Offsets are relative to the window. */
export interface Verification {
  /** What is compared. */
  readonly name: string;
  /** First byte read. */
  readonly from: number;
  /** End of what is read (exclusive). */
  readonly to: number;
  /** The checksum. */
  readonly digest: Digest;
  /** Value in the file, hexadecimal. */
  readonly stored: string;
  /** Bytes read in place of what the file has, in ascending order. */
  readonly instead?: readonly Replacement[];
  /** Bytes it speaks for, when they differ from what is read. */
  readonly covers?: readonly [number, number];
  /** `weak` for simple sums. Default strong. */
  readonly strength?: "strong" | "weak";
}

/** Bytes that a checksum reads in place of what stands in the file. */
export interface Replacement {
  /** Offset in the window. */
  readonly at: number;
  /** What is read there. */
  readonly bytes: Uint8Array;
  /** How many bytes of the file it takes the place of, when that differs. */
  readonly length?: number;
}

/** Cuts a stretch into pieces with replacements in it, without copying. */
export function piecesOf(
  window: Window,
  from: number,
  to: number,
  instead: readonly Replacement[] = [],
): Pieces {
  const pieces: Uint8Array[] = [];
  let position = from;
  for (const { at, bytes, length = bytes.length } of instead) {
    pieces.push(window.bytes(position, at - position), bytes);
    position = at + length;
  }
  pieces.push(window.bytes(position, to - position));
  return pieces;
}

/** Collects what a reader finds and becomes a {@link Part}. */
export class PartDraft {
  readonly #scope: Scope;
  readonly #format: string;
  readonly #title: string;
  readonly #at: number;
  #length: number;
  #kind: ImageKind | undefined;
  #metadata: OpenWrtMetadata | undefined;
  #signature: "present" | "empty" | undefined;
  readonly #checks: Check[] = [];
  readonly #marks: Mark[] = [];
  readonly #facts: Fact[] = [];
  readonly #notices: Finding[] = [];
  readonly #cuts: CutOffer[] = [];
  readonly #children: Part[] = [];

  /**
   * Begins a part of `length` bytes (by default all there are) at `at` in the window. Offsets given
   * to the draft stay relative to the window.
   */
  constructor(
    scope: Scope,
    format: string,
    title: string,
    length = scope.window.size,
    at = 0,
  ) {
    this.#scope = scope;
    this.#format = format;
    this.#title = title;
    this.#at = at;
    this.#length = Math.min(length, scope.window.size - at);
  }

  /** States how many bytes the part announces, and checks that they are there. */
  announces(length: number, name = "length"): this {
    const { start, size } = this.#scope.window;
    this.#length = Math.min(length, size);
    if (length > size) {
      this.#checks.push({
        name,
        result: "short",
        strength: "strong",
        from: start,
        to: start + size,
        stored: String(length),
        computed: String(size),
      });
    }
    return this;
  }

  /** As {@link announces}, for formats in which nothing may follow either. */
  announcesExactly(length: number, name = "length"): this {
    const { size } = this.#scope.window;
    if (length < size) this.compare(name, 0, size, String(length), String(size), "weak");
    else this.announces(length, name);
    this.#length = size;
    return this;
  }

  /** Computes a checksum and records whether it fits; undefined when the bytes are not there. */
  verify(verification: Verification): boolean | undefined {
    const { name, from, to, digest, stored, instead, covers, strength = "strong" } = verification;
    const { window } = this.#scope;
    if (from > to || !window.has(from, to - from)) return undefined;
    if (!this.#scope.spend(to - from)) {
      this.#record(name, "skipped", strength, covers ?? [from, to], stored, "");
      return undefined;
    }
    const computed = digest(piecesOf(window, from, to, instead));
    const isMatch = computed === stored;
    this.#record(
      name,
      isMatch ? "match" : "mismatch",
      strength,
      covers ?? [from, to],
      stored,
      computed,
    );
    return isMatch;
  }

  /** Records a comparison made by the reader itself. */
  compare(
    name: string,
    from: number,
    to: number,
    stored: string,
    computed: string,
    strength: "strong" | "weak" = "strong",
  ): boolean {
    const isMatch = stored === computed;
    this.#record(name, isMatch ? "match" : "mismatch", strength, [from, to], stored, computed);
    return isMatch;
  }

  /** Records that something announced lies beyond the end. */
  isShort(name: string, stored: number, computed: number): this {
    this.#record(name, "short", "strong", [0, this.#length], String(stored), String(computed));
    return this;
  }

  /** Records that fixed or self-explaining bytes are as they must be, so nothing else need prove them. */
  explains(name: string, from: number, to: number): this {
    this.#record(name, "match", "strong", [from, to], "", "");
    return this;
  }

  /** Says what kind of image this part makes the file. */
  is(kind: ImageKind): this {
    this.#kind = kind;
    return this;
  }

  /** Adds an identification value; empty ones are left out. */
  mark(scheme: MarkScheme, value: string): this {
    if (value !== "") this.#marks.push({ scheme, value });
    return this;
  }

  /** Adds a readable field; empty ones are left out. */
  fact(name: string, value: string | number): this {
    if (value !== "") this.#facts.push({ name, value: String(value) });
    return this;
  }

  /** Adds something the person should know. */
  notice(finding: Finding): this {
    this.#notices.push(finding);
    return this;
  }

  /** Offers a cut. */
  offer(cut: CutOffer): this {
    this.#cuts.push(cut);
    return this;
  }

  /** Recognises what lies in a stretch of the part. */
  holds(offset: number, length: number): this {
    this.#children.push(...this.#scope.inside(offset, length));
    return this;
  }

  /** Adds a part that the reader itself has read. */
  contains(part: Part): this {
    this.#children.push(part);
    return this;
  }

  /** Attaches OpenWrt's metadata. */
  carries(metadata: OpenWrtMetadata): this {
    this.#metadata = metadata;
    return this;
  }

  /** Records that there is a signature, or only the room for one. */
  isSigned(signature: "present" | "empty"): this {
    this.#signature = signature;
    return this;
  }

  /** The finished part. */
  done(): Part {
    return {
      format: this.#format,
      title: this.#title,
      offset: this.#scope.window.start + this.#at,
      length: this.#length,
      ...(this.#kind === undefined ? {} : { kind: this.#kind }),
      checks: this.#checks,
      marks: this.#marks,
      facts: this.#facts,
      notices: this.#notices,
      cuts: this.#cuts,
      children: this.#children,
      ...(this.#metadata === undefined ? {} : { metadata: this.#metadata }),
      ...(this.#signature === undefined ? {} : { signature: this.#signature }),
    };
  }

  #record(
    name: string,
    result: Check["result"],
    strength: Check["strength"],
    [from, to]: readonly [number, number],
    stored: string,
    computed: string,
  ): void {
    const { start, size } = this.#scope.window;
    this.#checks.push({
      name,
      result,
      strength,
      from: start + Math.min(from, size),
      to: start + Math.min(Math.max(from, to), size),
      stored,
      computed,
    });
  }
}

/** Finding for a part that carries a bootloader which would be written too. */
export function bootPartNotice(where: string): Finding {
  return {
    severity: "warning",
    code: "boot-part-inside",
    message:
      `The image also carries a bootloader (${where}), which may replace the one on the router`,
    hint: "Use it only if it is the vendor's file for exactly this model and revision",
  };
}
