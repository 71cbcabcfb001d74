/**
 * `unbrick serve … --json` as a process whose sockets and memory are watched from outside.
 *
 * @module
 */
import type { TransferEvent } from "../../lib/tftp/events.ts";
import { loopbackAddress } from "../support/loopback.ts";
import { type RunningProcess, startProcess } from "../support/process.ts";
import { unbrickArgv } from "../support/unbrick_process.ts";
import { until } from "../support/waiting.ts";

/** A server under watch. Disposing of it kills it. */
export interface WatchedServer extends AsyncDisposable {
  /** IPv4 address it listens on. */
  readonly address: string;
  /** UDP port it listens on. */
  readonly port: number;
  /** Its process. */
  readonly process: RunningProcess;
  /** All it has told so far. */
  events(): TransferEvent[];
  /** Served files and sockets that it has open. */
  openFiles(): number;
  /** Datagrams that the system threw away, as they came to its port faster than it read them. */
  lost(): number;
  /** Memory in use once all garbage is collected, in bytes. */
  memoryInUse(): Promise<number>;
  /** Its resident memory, in bytes. */
  residentMemory(): Promise<number>;
  /** Waits until it has no more open than right after its start. */
  quiet(): Promise<void>;
}

/** How `/proc/net/udp` writes an address and port, on a computer with the low byte first. */
function procSocketName(address: string, port: number): string {
  const hex = (value: number, digits: number): string =>
    value.toString(16).toUpperCase().padStart(digits, "0");
  const bytes = address.split(".").map((byte) => hex(Number(byte), 2));
  return `${bytes.reverse().join("")}:${hex(port, 4)}`;
}

function lostDatagrams(address: string, port: number): number {
  const name = procSocketName(address, port);
  const line = Deno.readTextFileSync("/proc/net/udp").split("\n")
    .find((socket) => socket.trim().split(/\s+/)[1] === name);
  return Number(line?.trim().split(/\s+/).at(-1));
}

/** Part of the path of everything that is served. */
const TEST_FOLDER = "/unbrick-test-";

function openPaths(pid: number): string[] {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].flatMap(({ name }) => {
    try {
      return [Deno.readLinkSync(`/proc/${pid}/fd/${name}`)];
    } catch {
      // Closed since it was listed.
      return [];
    }
  });
}

/** UDP port, free on an address that only one test has. */
const PORT = 6969;

/** Starts `unbrick serve` with these arguments on an address of loopback that nobody else uses. */
export async function startWatchedServer(
  args: readonly string[],
  under: readonly string[] = [],
): Promise<WatchedServer> {
  const address = loopbackAddress();
  const serve = ["serve", ...args, "--address", address, "--port", String(PORT), "--json"];
  const [deno, run, ...rest] = unbrickArgv(serve, "test/storm/watched_main.ts");
  const process = startProcess([...under, deno, run!, "--v8-flags=--expose-gc", ...rest]);
  await process.stdout.waitFor((text) => text.includes('"listening"'), "a server");
  let asked = 0;
  // Not the files of the runtime's own caches, which come and go.
  const openFiles = (): number =>
    openPaths(process.pid).filter((path) =>
      path.startsWith("socket:") || path.includes(TEST_FOLDER)
    )
      .length;
  const atStart = openFiles();
  return {
    address,
    port: PORT,
    process,
    events: () => process.stdout.lines.map((text) => JSON.parse(text) as TransferEvent),
    openFiles,
    lost: () => lostDatagrams(address, PORT),
    async memoryInUse() {
      asked++;
      process.signal("SIGUSR2");
      const isAnswer = (text: string): boolean => text.startsWith("heap ");
      const answer = await process.stderr.waitFor(isAnswer, "the memory in use", asked);
      return Number(answer.slice("heap ".length));
    },
    async residentMemory() {
      const status = await Deno.readTextFile(`/proc/${process.pid}/status`);
      return Number(/^VmRSS:\s*(\d+) kB/m.exec(status)![1]) * 1024;
    },
    quiet: async () => void await until("the end of all transfers", () => openFiles() <= atStart),
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}
