/**
 * Recovers a practice router without a person: the test that this computer and this program can do
 * it, end to end over real sockets.
 *
 * @module
 */
import type { Millis } from "../host/host.ts";
import { type RecoverHost, startRecovery } from "../recovery/recover.ts";
import type { Image } from "../tftp/file_policy.ts";
import { sha256 } from "../tftp/files.ts";
import { type PracticeKind, practicePlan } from "./practice_kinds.ts";
import { PRACTICE_INTERFACE } from "./practice_network.ts";
import { createPracticeRouter, type PracticeRouter } from "./practice_router.ts";
import { type Random, randomBytes } from "./random.ts";

/** How it went. */
export interface PracticeResult {
  /** Which router. */
  readonly kind: PracticeKind;
  /** Whether its flash holds exactly what was sent. */
  readonly arrived: boolean;
  /** Bytes of the image. */
  readonly bytes: number;
  /** Time in all. */
  readonly elapsedMs: Millis;
  /** Why not, if so. */
  readonly reason: string | undefined;
}

/** Timing of a router that nobody watches. */
const QUICK = { bootMs: 100, windowMs: 3000, flashMs: 100, delayMs: 0 } as const;

/** Time after which a router counts as lost. */
const PATIENCE_MS: Millis = 30_000;

/** An image for practice, made on the spot. */
export function practiceImage(random: Random, bytes: number): Image {
  const content = randomBytes(random, bytes);
  return { name: "practice-image.bin", bytes: content, sha256: sha256(content) };
}

/** Recovers one router. Settles with how it went; never rejects. */
export async function runPractice(
  host: RecoverHost,
  kind: PracticeKind,
  image: Image,
  random: Random,
  signal: AbortSignal,
): Promise<PracticeResult> {
  const startedAt = host.now();
  const result = (reason: string | undefined): PracticeResult => ({
    kind,
    arrived: reason === undefined,
    bytes: image.bytes.length,
    elapsedMs: host.now() - startedAt,
    reason,
  });
  let router: PracticeRouter | undefined;
  let cancel = (): void => {};
  try {
    const changes = new Changes();
    const table = createPracticeRouter(host, {
      ...QUICK,
      kind,
      mood: "friendly",
      random,
      onChange: () => changes.tell(),
    });
    router = table;
    let isReady: () => void = () => {};
    const ready = new Promise<void>((resolve) => isReady = resolve);
    const recovery = await startRecovery(table.ours(host), {
      plan: practicePlan(kind, QUICK.flashMs),
      image,
      interfaceName: PRACTICE_INTERFACE.name,
      listInterfaces: () => Promise.resolve([PRACTICE_INTERFACE]),
      listenPort: 0,
      devicePort: table.devicePort,
      onEvent(event) {
        if (event.event !== "listening") return;
        table.connect(event.port);
        isReady();
      },
      // On this table there is no other client, and no flash that matters.
      onQuestion: (question) => question.answer(true),
    });
    if (kind.direction === "pulls") await Promise.race([ready, recovery.finished]);
    let isOver = false;
    const end = (): void => {
      isOver = true;
      changes.tell();
    };
    cancel = host.startTimer(PATIENCE_MS, end);
    signal.addEventListener("abort", end, { once: true });
    if (kind.needsReset) router.toggleReset();
    router.pressPower();
    while (!isOver && router.state !== "running" && router.state !== "broken") {
      await changes.next();
    }
    const outcome = await Promise.race([recovery.finished, Promise.resolve(undefined)]);
    recovery.stop();
    signal.removeEventListener("abort", end);
    const flashed = router.flashed();
    if (flashed !== undefined && sha256(flashed) === image.sha256) return result(undefined);
    if (flashed !== undefined) return result("what arrived is not what was sent");
    return result(
      outcome?.event === "failed" ? outcome.message : `the router stopped: ${router.lights()}`,
    );
  } catch (thrown) {
    return result(thrown instanceof Error ? thrown.message : String(thrown));
  } finally {
    cancel();
    router?.close();
  }
}

/** Wakes whoever waits for a change. */
class Changes {
  #wake: () => void = () => {};
  #pending = false;

  /** Something changed. */
  tell(): void {
    this.#pending = true;
    this.#wake();
  }

  /** Settles with the next change, or the last one that nobody waited for. */
  async next(): Promise<void> {
    if (!this.#pending) await new Promise<void>((resolve) => this.#wake = resolve);
    this.#pending = false;
  }
}
