/**
 * A RedBoot as it is known, scripted, in virtual time: off, then booting, then listening on its TCP
 * port for a few seconds, in which only Ctrl-C keeps it from booting on.
 *
 * @module
 */
import { UnbrickError } from "../../lib/errors.ts";
import type { Host, SocketAddress, StreamHandlers } from "../../lib/host/host.ts";
import { Timeline } from "../../lib/simulator/timeline.ts";

/** How the device behaves. */
export interface ScriptedRedBoot {
  /** When its network begins to answer, in virtual milliseconds. */
  readonly upAt: number;
  /** How long its console can be caught. */
  readonly windowMs: number;
  /** Half of the time there and back. */
  readonly delayMs: number;
  /** What happens to a connection before it is up: no answer, or refused. */
  readonly before: "silent" | "refused";
  /** What it takes for Ctrl-C. */
  readonly takes: "byte" | "telnet" | "both";
  /** Answers of its commands by their text; anything else is an illegal command. */
  readonly answers?: Readonly<Record<string, string>>;
}

/** The world with the device in it. */
export interface ScriptedWorld {
  /** Connections, clock and timers. */
  readonly host: Pick<Host, "connect" | "now" | "startTimer">;
  /** The clock. */
  readonly time: Timeline;
  /** Commands that it was told, in order. */
  readonly commands: string[];
  /** Connections that were ever accepted. */
  accepted(): number;
  /** Whether it was kept from booting. */
  isCaught(): boolean;
  /** Lets virtual time pass, and everything that is waiting run. */
  advance(ms: number): Promise<void>;
}

const PROMPT = "RedBoot> ";
const BANNER = "== Executing boot script in 2.000 seconds - enter ^C to abort\r\n";

/** Switches such a device on at time 0. */
export function scriptedRedBoot(device: ScriptedRedBoot): ScriptedWorld {
  const time = new Timeline();
  const commands: string[] = [];
  let owner: StreamHandlers | undefined;
  let isCaught = false;
  let hasBooted = false;
  let accepted = 0;
  let line = "";
  let recent: number[] = [];
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const say = (text: string): void => {
    const to = owner;
    time.schedule(device.delayMs, () => to?.data(encode(text)));
  };

  time.schedule(device.upAt + device.windowMs, () => {
    if (isCaught) return;
    hasBooted = true;
    // It boots: the network stack is gone, and with it the connection.
    owner?.closed(undefined);
    owner = undefined;
  });

  function hear(byte: number): void {
    recent = [...recent, byte].slice(-5);
    const isByte = byte === 3 && device.takes !== "telnet";
    const isTelnet = recent.join() === "255,244,255,253,6" && device.takes !== "byte";
    if (isByte || isTelnet) {
      isCaught = true;
      line = "";
      return say(`^C\r\n${PROMPT}`);
    }
    if (!isCaught) return;
    if (byte === 0x24) return say("\r\n$#00 (debugger)");
    if (byte !== 13) {
      if (byte >= 32 && byte < 127) line += String.fromCharCode(byte);
      return;
    }
    commands.push(line);
    const printed = device.answers?.[line] ?? `** Error: Illegal command: "${line}"\r\n`;
    say(`${line}\r\n${printed}${PROMPT}`);
    line = "";
  }

  function connect(_to: SocketAddress, handlers: StreamHandlers) {
    let isClosed = false;
    const isUp = time.now >= device.upAt && !hasBooted;
    const refuse = (): void => {
      if (isClosed) return;
      isClosed = true;
      handlers.closed(new UnbrickError("peer-error", "refused"));
    };
    if (isUp && owner === undefined) {
      owner = handlers;
      accepted++;
      time.schedule(2 * device.delayMs, () => {
        if (isClosed || owner !== handlers) return;
        handlers.opened();
        say(BANNER);
      });
    } else if (isUp || device.before === "refused") {
      time.schedule(2 * device.delayMs, refuse);
    }
    return {
      send(bytes: Uint8Array) {
        const copy = bytes.slice();
        time.schedule(device.delayMs, () => {
          if (owner === handlers) copy.forEach(hear);
        });
      },
      close() {
        isClosed = true;
        if (owner === handlers) owner = undefined;
      },
    };
  }

  return {
    time,
    commands,
    accepted: () => accepted,
    isCaught: () => isCaught,
    host: {
      now: () => time.now,
      startTimer: (delayMs, callback) => time.schedule(delayMs, callback),
      connect,
    },
    async advance(ms) {
      const end = time.now + ms;
      await settle();
      while ((time.nextAt ?? Infinity) <= end) {
        time.step();
        await settle();
      }
      time.runUntil(end);
    },
  };
}

/** Lets everything run that waits for nothing but its turn. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}
