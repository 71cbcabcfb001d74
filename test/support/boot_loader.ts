/**
 * A real U-Boot in QEMU, typed into over its serial console.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { join } from "@std/path";
import type { Namespace } from "./namespaces.ts";
import type { ProgramName } from "./peers.ts";
import { DEADLINE_MS } from "./waiting.ts";

/** Boards that Debian's package u-boot-qemu has images for. */
export type Board = "arm64" | "malta";

interface BoardFacts {
  readonly program: ProgramName;
  readonly image: string;
  readonly machine: readonly string[];
  readonly network: (tap: string) => readonly string[];
  /** Where in memory a file may go. */
  readonly loadAddress: string;
  /** What is expected at the end of the console's text when a command can be typed. */
  readonly prompt: RegExp;
}

const TAP = "script=no,downscript=no";
const MAC = "mac=52:54:00:12:34:56";

const BOARDS: Readonly<Record<Board, BoardFacts>> = {
  arm64: {
    program: "qemu-system-aarch64",
    image: "/usr/lib/u-boot/qemu_arm64/u-boot.bin",
    machine: ["-M", "virt", "-cpu", "cortex-a57", "-m", "256"],
    network: (tap) => [
      ...["-netdev", `tap,id=n0,ifname=${tap},${TAP}`],
      ...["-device", `e1000,netdev=n0,${MAC}`],
    ],
    loadAddress: "0x48000000",
    prompt: /(?:^|\n)=> $/,
  },
  malta: {
    program: "qemu-system-mipsel",
    image: "/usr/lib/u-boot/maltael/u-boot.bin",
    machine: ["-M", "malta", "-m", "256"],
    // This U-Boot knows only the pcnet, and only in the board's own slot.
    network: (tap) => ["-nic", `tap,ifname=${tap},${TAP},model=pcnet,${MAC}`],
    loadAddress: "0x81000000",
    prompt: /(?:^|\n)(?:=>|malta\w* ?[#>]) $/,
  },
};

/** Where in a board's memory a file may go. */
export function loadAddressOf(board: Board): string {
  return BOARDS[board].loadAddress;
}

/** What a board needs of this computer: its virtual machine and U-Boot's image for it. */
export function boardFiles(board: Board): Pick<BoardFacts, "program" | "image"> {
  return BOARDS[board];
}

/** A U-Boot at its prompt. Disposing of it cuts the power. */
export interface BootLoader extends AsyncDisposable {
  /** Where in memory a file may go. */
  readonly loadAddress: string;
  /** Types a command and waits for the next prompt; returns what was printed in between. */
  command(line: string): Promise<string>;
  /** Types a command and waits for text that the pattern fits, prompt or not. */
  commandUntil(line: string, pattern: RegExp): Promise<string>;
  /** Types Ctrl-C and waits for the prompt. */
  interrupt(): Promise<void>;
}

/**
 * The command that switches a board on, on the tap device "t0" of a namespace.
 *
 * @param serial where its console goes, as QEMU's option `-serial` takes it.
 */
export async function boardArgv(
  board: Board,
  namespace: Namespace,
  folder: string,
  serial: string,
): Promise<[string, ...string[]]> {
  const facts = BOARDS[board];
  const image = board === "malta" ? await swapWords(facts.image, folder) : facts.image;
  return namespace.argv(
    ...[facts.program, ...facts.machine, "-bios", image, "-display", "none", "-monitor", "none"],
    ...["-no-reboot", "-serial", serial, ...facts.network("t0")],
  );
}

/** Typed at once; more than that a slow UART loses. */
const TYPED_AT_ONCE = 12;

/** Switches a board on, on the tap device "t0" of a namespace, and stops it from booting. */
export async function startBootLoader(
  board: Board,
  namespace: Namespace,
  folder: string,
): Promise<BootLoader> {
  const facts = BOARDS[board];
  const [program, ...args] = await boardArgv(board, namespace, folder, "stdio");
  const child = new Deno.Command(program, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  const encoder = new TextEncoder();
  let text = "";
  let hasEnded = false;
  let wake = (): void => {};
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const bytes of child.stdout) {
      text += decoder.decode(bytes, { stream: true }).replaceAll("\r", "");
      wake();
    }
    hasEnded = true;
    wake();
  })();

  /** Waits for a pattern in what the console says from now on. */
  async function expect(pattern: RegExp, deadlineMs = DEADLINE_MS): Promise<string> {
    const deadline = performance.now() + deadlineMs;
    while (!pattern.test(text)) {
      const left = deadline - performance.now();
      if (left <= 0 || hasEnded) {
        throw new Error(`${board}: waited in vain for ${pattern}: ${JSON.stringify(text)}`);
      }
      let timer: ReturnType<typeof setTimeout> | undefined;
      await new Promise<void>((resolve) => {
        wake = resolve;
        timer = setTimeout(resolve, left);
      });
      clearTimeout(timer);
    }
    return text;
  }

  /** Types a line piece by piece, each only when the one before was echoed. */
  async function type(line: string): Promise<void> {
    text = "";
    for (let offset = 0; offset < line.length; offset += TYPED_AT_ONCE) {
      await writer.write(encoder.encode(line.slice(offset, offset + TYPED_AT_ONCE)));
      const echoed = line.slice(0, offset + TYPED_AT_ONCE);
      await expect({ test: (seen: string) => seen.includes(echoed) } as RegExp);
    }
    text = "";
    await writer.write(encoder.encode("\r"));
  }

  const loader: BootLoader = {
    loadAddress: facts.loadAddress,
    async command(line) {
      await type(line);
      return await expect(facts.prompt, 2 * DEADLINE_MS);
    },
    async commandUntil(line, pattern) {
      await type(line);
      return await expect(pattern);
    },
    async interrupt() {
      text = "";
      await writer.write(encoder.encode("\x03"));
      await expect(facts.prompt);
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
      await reading;
      await writer.abort().catch(() => {});
    },
  };
  try {
    await expect({
      test: (seen: string) => seen.includes("autoboot") || facts.prompt.test(seen),
    } as RegExp);
    await loader.interrupt();
    // A key that came late gives a second prompt: an answer of our own tells them apart.
    await loader.command("echo ready");
  } catch (error) {
    await loader[Symbol.asyncDispose]();
    throw error;
  }
  return loader;
}

/** Little-endian malta: QEMU wants every 32-bit word of the image the other way round. */
async function swapWords(path: string, folder: string): Promise<string> {
  const bytes = await Deno.readFile(path);
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  const swapped = join(folder, "malta-u-boot.bin");
  await Deno.writeFile(swapped, Buffer.from(padded.buffer).swap32());
  return swapped;
}
