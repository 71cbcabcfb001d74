/**
 * A router to practise on: power, a reset button, lights, a bootloader over real sockets on loopback,
 * and a flash that takes time to write.
 *
 * | state    | what it does                    | leaves it by                                   |
 * | -------- | ------------------------------- | ---------------------------------------------- |
 * | off      | nothing                         | power                                          |
 * | starting | looks whether reset is held     | time: loader, or broken without the button     |
 * | loader   | its bootloader runs             | image taken: writing or refused; else: broken  |
 * | writing  | writes the image to its flash   | time: running; power cut: off, flash ruined    |
 * | refused  | shows that it dislikes the image | power                                         |
 * | broken   | its firmware does not start     | power                                          |
 * | running  | its new firmware runs           | power                                          |
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import type { Millis } from "../host/host.ts";
import type { PingAnswer } from "../recovery/aftermath.ts";
import type { Bootloader } from "./bootloader.ts";
import { type PoweredBootloader, powerOn } from "./power_on.ts";
import { type PracticeKind, startsAtOnce } from "./practice_kinds.ts";
import { openPracticeCard, type OurHost, type PracticeHost } from "./practice_network.ts";
import type { Random } from "./random.ts";

/** What a router has against being recovered. */
export type PracticeMood =
  /** Nothing. */
  | "friendly"
  /** Its cable loses packets. */
  | "lossy"
  /** It asks for another name than the one expected. */
  | "other-name"
  /** It does not like the image. */
  | "refuses"
  /** It restarts without a sign. */
  | "silent";

/** What a router is doing. */
export type PracticeState =
  | "off"
  | "starting"
  | "loader"
  | "writing"
  | "refused"
  | "broken"
  | "running";

/** How a router is made. */
export interface PracticeRouterOptions {
  /** Which one. */
  readonly kind: PracticeKind;
  /** What it has against being recovered. */
  readonly mood: PracticeMood;
  /** Time from power-on to its bootloader. */
  readonly bootMs: Millis;
  /** Time its bootloader listens, where it has a window. */
  readonly windowMs: Millis;
  /** Time to write the flash. */
  readonly flashMs: Millis;
  /** Time of a packet, so that a transfer can be watched. */
  readonly delayMs: Millis;
  /** Chance. */
  readonly random: Random;
  /** Called whenever something can be seen. */
  readonly onChange?: () => void;
}

/** A router on the table. */
export interface PracticeRouter {
  /** What it is doing. */
  readonly state: PracticeState;
  /** Whether its reset button is held. */
  readonly isResetHeld: boolean;
  /** UDP port of this computer at which its bootloader listens. */
  readonly devicePort: number;
  /** What its lights show, in words. */
  lights(): string;
  /** The host of this computer, with a cable to the router. */
  ours<H extends OurHost>(host: H): H;
  /** Tells it where the server of this computer listens. */
  connect(serverPort: number): void;
  /** Switches it on or off. */
  pressPower(): void;
  /** Holds the reset button or lets it go. */
  toggleReset(): void;
  /** Its answer to ping. */
  ping(): PingAnswer | undefined;
  /** What its flash holds; undefined until it took an image, and when power was cut in between. */
  flashed(): Uint8Array | undefined;
  /** Takes it off the table. */
  close(): void;
}

const LOOPBACK = "127.0.0.1";

/** Share of packets that a bad cable loses, each way. */
const LOSS = 0.01;

/** Name that a router asks for that wants another one. */
const OTHER_NAME = "recovery-v2.img";

/** Time-to-live of a bootloader's answers and of a system's. */
const TTL = { bootloader: 255, system: 64 } as const;

/** What a router says that does not like an image. */
const REFUSAL = "Firmware check failed";

/** Puts a router on the table. Throws UnbrickError when it gets no port. */
export function createPracticeRouter(
  host: PracticeHost,
  options: PracticeRouterOptions,
): PracticeRouter {
  const { kind, mood, random } = options;
  const card = openPracticeCard(host, {
    loss: mood === "lossy" ? LOSS : 0,
    delayMs: options.delayMs,
    random,
  });
  let state: PracticeState = "off";
  let isResetHeld = false;
  let serverPort = 0;
  let flash: Uint8Array | undefined;
  let bootloader: Bootloader | undefined;
  let powered: PoweredBootloader | undefined;
  /** Whether the bootloader has had the whole image when it stops. */
  let wasReceiving = false;
  let cancel = (): void => {};

  function become(next: PracticeState): void {
    state = next;
    options.onChange?.();
  }
  function after(delayMs: Millis, action: () => void): void {
    cancel();
    cancel = host.startTimer(delayMs, action);
  }

  function startLoader(): void {
    if (kind.needsReset && !isResetHeld) return become("broken");
    const refuses = mood === "refuses";
    const loader = kind.boot({
      serverPort,
      filename: mood === "other-name" ? OTHER_NAME : kind.filename,
      judge: () => refuses ? REFUSAL : undefined,
      windowMs: options.windowMs,
      flashMs: options.flashMs,
    });
    bootloader = loader;
    wasReceiving = false;
    become("loader");
    const running = powerOn(card.host, loader, { address: LOOPBACK, onChange: follow });
    powered = running;
    card.plugConsole((handlers) => running.connect(handlers, Math.max(1, options.delayMs)));
  }

  /** Follows the bootloader to its end. */
  function follow(loader: Bootloader): void {
    if (state !== "loader") return;
    if (loader.phase === "accepted") {
      if (mood === "refuses") return become("refused");
      const image = loader.image?.slice();
      flash = undefined;
      become("writing");
      after(options.flashMs, () => {
        flash = image;
        become("running");
      });
    } else if (loader.phase === "gave-up") {
      become(mood === "refuses" && wasReceiving ? "refused" : "broken");
    } else {
      wasReceiving = loader.phase === "transferring" || loader.phase === "flashing";
      options.onChange?.();
    }
  }

  function switchOff(): void {
    cancel();
    card.plugConsole(undefined);
    powered?.powerOff();
    powered = undefined;
    bootloader = undefined;
    become("off");
  }

  return {
    get state() {
      return state;
    },
    get isResetHeld() {
      return isResetHeld;
    },
    devicePort: card.port,
    ours: (ours) => card.ours(ours),
    lights: () => describeLights(state, bootloader, kind),
    connect: (port) => void (serverPort = port),
    pressPower() {
      if (state !== "off") return switchOff();
      if (flash !== undefined && !isResetHeld) {
        become("starting");
        return after(options.bootMs, () => become("running"));
      }
      become("starting");
      after(options.bootMs, startLoader);
    },
    toggleReset() {
      isResetHeld = !isResetHeld;
      options.onChange?.();
    },
    ping() {
      if (state === "running") return mood === "silent" ? undefined : { ttl: TTL.system };
      return state === "loader" ? { ttl: TTL.bootloader } : undefined;
    },
    flashed: () => flash,
    close() {
      switchOff();
      card.close();
    },
  };
}

function describeLights(
  state: PracticeState,
  bootloader: Bootloader | undefined,
  kind: PracticeKind,
): string {
  switch (state) {
    case "off":
      return "all lights are off";
    case "starting":
      return "the power light comes on";
    case "loader":
      return bootloader?.phase === "transferring"
        ? "the LAN light flickers: it receives"
        : bootloader?.phase === "flashing"
        ? "all lights are on: it checks and writes"
        : kind.waitingLights;
    case "writing":
      return startsAtOnce(kind)
        ? "the power light blinks: it starts"
        : "all lights are on: it writes its flash";
    case "refused":
      return "all lights blink fast: it does not like the image";
    case "broken":
      return "the power light is on, nothing else: it does not start";
    case "running":
      return "power and LAN lights are steady: it runs";
    default:
      return assertNever(state);
  }
}
