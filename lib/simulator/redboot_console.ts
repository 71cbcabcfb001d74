/**
 * RedBoot with its console on the network: a banner, a few seconds in which only Ctrl-C keeps it from
 * booting, then a prompt with the commands that a recovery needs. It loads by TFTP as RedBoot does.
 *
 * | state    | what it does                          | leaves it by                              |
 * | -------- | ------------------------------------- | ----------------------------------------- |
 * | window   | counts down                           | Ctrl-C: prompt; time: it boots            |
 * | prompt   | takes commands, or a `y` to a question | load: loading; fis create: writing       |
 * | loading  | pulls a file                          | the file's end, or its failure: prompt    |
 * | writing  | erases and programs                   | time: prompt                              |
 * | debugger | a dollar sign was typed               | never                                     |
 *
 * @module
 */
import type { Millis } from "../host/host.ts";
import { TFTP_PORT } from "../tftp/packet.ts";
import type { Bootloader, BootloaderOutput, BootloaderPhase } from "./bootloader.ts";
import type { PullingGoal } from "./pulling.ts";

/** How it is made. */
export interface RedbootConsoleOptions {
  /** Time in which Ctrl-C stops it. */
  readonly windowMs: Millis;
  /** Time to erase and program a part of its flash. */
  readonly flashMs: Millis;
}

const PROMPT = "RedBoot> ";
const BANNER = "== Executing boot script in 3.000 seconds - enter ^C to abort\r\n";
const INIT_QUESTION = "About to initialize [format] FLASH image system - continue (y/n)? ";

const CTRL_C = 3;
const ENTER = 13;
const DOLLAR = 0x24;
/** Telnet's interrupt, IAC IP IAC DO TIMING-MARK: bytes that are no text. */
const FIRST_TEXT = 0x20;
const LAST_TEXT = 0x7e;

type State = "window" | "prompt" | "init-question" | "loading" | "writing" | "debugger" | "ended";

/**
 * Makes one. Its `networkConsole` is what somebody on TCP port 9000 sees; `pull` makes what loads a
 * file.
 */
export function createRedbootConsole(
  options: RedbootConsoleOptions,
  pull: (goal: PullingGoal) => Bootloader,
): Bootloader {
  let state: State = "ended";
  let outcome: BootloaderPhase = "off";
  let deadline: Millis | undefined;
  let line = "";
  let server = "";
  let loader: Bootloader | undefined;
  let loaded: Uint8Array | undefined;
  let flash: Uint8Array | undefined;
  /** What the flash gets once it is erased; undefined for the list of parts. */
  let writing: Uint8Array | undefined;
  let isConnected = false;
  let wasConnected = false;

  function print(text: string): BootloaderOutput {
    return { kind: "print", text };
  }
  function backToPrompt(text = ""): BootloaderOutput[] {
    state = "prompt";
    deadline = undefined;
    return [print(text + PROMPT)];
  }
  function end(phase: BootloaderPhase): BootloaderOutput[] {
    state = "ended";
    outcome = phase;
    deadline = undefined;
    return [];
  }

  function load(name: string, now: Millis): readonly BootloaderOutput[] {
    state = "loading";
    loader = pull({ server: { hostname: server, port: TFTP_PORT }, filename: name });
    return [print("Using default protocol (TFTP)\r\n"), ...afterLoader(loader.start(now))];
  }

  /** What it loads by says lines of its own, which RedBoot does not. */
  function afterLoader(outputs: readonly BootloaderOutput[]): readonly BootloaderOutput[] {
    const sent = outputs.filter(({ kind }) => kind === "send");
    switch (loader?.phase) {
      case "accepted":
        loaded = loader.image?.slice();
        loader = undefined;
        return [
          ...sent,
          ...backToPrompt("Raw file loaded 0x80040800-0x80140800, assumed entry at 0x80040800\r\n"),
        ];
      case "gave-up":
        loader = undefined;
        return [...sent, ...backToPrompt("Can't load: timed out or refused\r\n")];
      default:
        return sent;
    }
  }

  function obey(command: string, now: Millis): readonly BootloaderOutput[] {
    const [word = "", ...rest] = command.split(/\s+/);
    switch (word) {
      case "":
        return backToPrompt();
      case "version":
        return backToPrompt("RedBoot(tm) bootstrap and debug environment [ROMRAM], practice\r\n");
      case "ip_address":
        server = /-h (\S+)/.exec(command)?.[1] ?? server;
        return backToPrompt(`Default server: ${server}\r\n`);
      case "load":
        return load(rest.at(-1) ?? "", now);
      case "fis":
        return obeyFis(rest, now);
      case "go":
      case "reset":
        return end(flash === undefined ? "gave-up" : "accepted");
      default:
        return backToPrompt(`** Error: Illegal command: "${word}"\r\n`);
    }
  }

  function obeyFis(words: readonly string[], now: Millis): readonly BootloaderOutput[] {
    switch (words[0]) {
      case "init":
        state = "init-question";
        return [print(INIT_QUESTION)];
      case "free":
        return backToPrompt("  0xA80F0000 .. 0xA87E0000\r\n");
      case "create":
        if (loaded === undefined) return backToPrompt("** Error: nothing was loaded\r\n");
        return write(loaded, "... Erase from 0xa8030000-0xa80f0000: ", now);
      default:
        return backToPrompt("** Error: Illegal command\r\n");
    }
  }

  function hear(byte: number, now: Millis): readonly BootloaderOutput[] {
    if (state === "window") {
      if (byte !== CTRL_C) return [];
      line = "";
      return backToPrompt("^C\r\n");
    }
    if (state !== "prompt" && state !== "init-question") return [];
    if (byte === CTRL_C) {
      line = "";
      return backToPrompt("^C\r\n");
    }
    if (byte === DOLLAR) {
      state = "debugger";
      return [];
    }
    if (byte !== ENTER) {
      if (byte < FIRST_TEXT || byte > LAST_TEXT) return [];
      line += String.fromCharCode(byte);
      return [print(String.fromCharCode(byte))];
    }
    const typed = line;
    line = "";
    if (state === "prompt") return [print("\r\n"), ...obey(typed, now)];
    if (typed !== "y") return [print("\r\n"), ...backToPrompt()];
    return write(undefined, "\r\n*** Initialize FLASH Image System\r\n", now);
  }

  function write(bytes: Uint8Array | undefined, text: string, now: Millis): BootloaderOutput[] {
    state = "writing";
    writing = bytes;
    deadline = now + options.flashMs;
    return [print(text)];
  }

  return {
    get phase() {
      switch (state) {
        case "window":
        case "prompt":
        case "init-question":
        case "debugger":
          return "listening";
        case "loading":
          return loader?.phase === "transferring" ? "transferring" : "asking";
        case "writing":
          return "flashing";
        case "ended":
          return outcome;
      }
    },
    get ports() {
      return loader?.ports ?? [];
    },
    get nextTimeout() {
      return loader?.nextTimeout ?? deadline;
    },
    get image() {
      return outcome === "accepted" ? flash : undefined;
    },
    start(now) {
      state = "window";
      deadline = now + options.windowMs;
      return [];
    },
    handleDatagram(arrived, now) {
      return loader === undefined ? [] : afterLoader(loader.handleDatagram(arrived, now));
    },
    handleTimeout(now) {
      if (loader !== undefined) return afterLoader(loader.handleTimeout(now));
      if (deadline === undefined || now < deadline) return [];
      if (state === "window") return end("gave-up");
      flash = writing;
      return backToPrompt("............\r\n... Program from 0x80040800: .......\r\n");
    },
    networkConsole: {
      get isOpen() {
        return state !== "ended" && !wasConnected;
      },
      connected() {
        isConnected = true;
        wasConnected = true;
        return [print(state === "window" ? BANNER : "")];
      },
      typed: (bytes, now) => isConnected ? [...bytes].flatMap((byte) => [...hear(byte, now)]) : [],
      disconnected: () => void (isConnected = false),
    },
  };
}
