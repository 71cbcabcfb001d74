/**
 * The cables of `window.ts`: a namespace for each computer, and one in which all devices are.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { removeNamespace } from "../support/network_namespace.ts";
import { programPath } from "../support/peers.ts";
import { runChecked } from "../support/process.ts";
import { type DeviceOrder, type DeviceReport } from "./window_device.ts";

/** A cable with a computer at one end and a device at the other. */
export interface Lane {
  /** Number of the cable. */
  readonly number: number;
  /** The device's address. */
  readonly deviceAddress: string;
  /** The device's MAC address. */
  readonly deviceMac: string;
  /** What to put before a program so that it runs on the computer. */
  readonly under: readonly string[];
  /** Tells the device to be away. */
  leave(model: DeviceOrder["model"]): void;
  /** Tells the device to appear; settles with what it has seen when its time is over. */
  appear(order: Omit<DeviceOrder, "lane">): Promise<DeviceReport>;
}

/** All cables. Disposing of them removes the namespaces. */
export interface Lanes extends AsyncDisposable {
  /** One by one. */
  readonly lanes: readonly Lane[];
}

const DEVICE_PROGRAM = fromFileUrl(new URL("window_device.ts", import.meta.url));

/** Lays cables; devices hold `image` to be the right one. */
export async function layLanes(count: number, image: string): Promise<Lanes> {
  const ip = programPath("ip");
  const unique = `unbrick-${crypto.randomUUID().slice(0, 8)}`;
  const devices = `${unique}d`;
  const computers = Array.from({ length: count }, (_, lane) => `${unique}h${lane}`);
  const waiting = new Map<number, (report: DeviceReport) => void>();
  let child: Deno.ChildProcess | undefined;

  async function remove(): Promise<void> {
    for (const name of [...computers, devices]) await removeNamespace(name);
    await child?.status;
  }

  async function lay(lane: number, computer: string): Promise<void> {
    await runChecked([ip, "netns", "add", computer]);
    await runChecked([
      ...[ip, "link", "add", "h0", "netns", computer, "type", "veth"],
      ...["peer", "name", `d${lane}`, "address", macOf(lane), "netns", devices],
    ]);
    await runChecked([
      ip,
      "-n",
      devices,
      "address",
      "add",
      `10.77.${lane}.1/24`,
      "dev",
      `d${lane}`,
    ]);
    await runChecked([ip, "-n", computer, "address", "add", `10.77.${lane}.2/24`, "dev", "h0"]);
    await runChecked([ip, "-n", computer, "link", "set", "h0", "up"]);
  }

  try {
    await runChecked([ip, "netns", "add", devices]);
    for (const [lane, computer] of computers.entries()) await lay(lane, computer);
    child = new Deno.Command(ip, {
      args: [
        ...["netns", "exec", devices, Deno.execPath(), "run", "-q", "-A", "--no-config"],
        ...["--unstable-net", DEVICE_PROGRAM, image],
      ],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
  } catch (error) {
    await remove();
    throw error;
  }
  const orders = child.stdin.getWriter();
  const tell = (order: DeviceOrder): void => {
    orders.write(new TextEncoder().encode(`${JSON.stringify(order)}\n`)).catch(() => {});
  };
  let isListening = (): void => {};
  const listening = new Promise<void>((resolve) => isListening = resolve);
  readLines(child.stdout, (line) => {
    if (line === "listening") return isListening();
    const report = JSON.parse(line) as DeviceReport;
    waiting.get(report.lane)?.(report);
  });
  const failed = child.status.then(() => false);
  if (!await Promise.race([listening.then(() => true), failed])) {
    await remove();
    throw new Error("the devices did not start");
  }

  return {
    lanes: computers.map((computer, number) => ({
      number,
      deviceAddress: `10.77.${number}.1`,
      deviceMac: macOf(number),
      under: [ip, "netns", "exec", computer],
      leave: (model) => tell({ lane: number, model }),
      appear: (order) =>
        new Promise((resolve) => {
          waiting.set(number, resolve);
          tell({ lane: number, ...order });
        }),
    })),
    [Symbol.asyncDispose]: remove,
  };
}

function macOf(lane: number): string {
  return `02:aa:bb:cc:dd:${lane.toString(16).padStart(2, "0")}`;
}

async function readLines(
  stream: ReadableStream<Uint8Array>,
  take: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    lines.forEach(take);
  }
}
