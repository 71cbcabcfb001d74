/**
 * Measures how long after a device wakes up the first datagram of a sender reaches it, with the
 * address alone and with each way in which `unbrick setup` helps ARP. Needs root on Linux; the
 * device is a network namespace, its link comes up with it.
 *
 * deno run -A --unstable-net $(deno task -q packages) test/bench/arp.ts [rounds]
 *
 * @module
 */
import process from "node:process";
import { parseSubnet } from "../../lib/net/ipv4.ts";
import { listInterfaces } from "../../lib/net/list_interfaces.ts";
import { quietElevation } from "../../lib/setup/elevation.ts";
import { findInterface, gatherFacts } from "../../lib/setup/gather_facts.ts";
import { planSetup } from "../../lib/setup/plan_setup.ts";
import { runSetup } from "../../lib/setup/run_setup.ts";
import { undoSetup } from "../../lib/setup/undo_setup.ts";
import { canMakeLaboratory, type Laboratory, makeLaboratory } from "../support/laboratory.ts";
import { runProgram, startProcess } from "../support/process.ts";
import { markdownTable, median } from "./table.ts";

const DEVICE_MAC = "02:aa:bb:cc:dd:20";
const PEER = new URL("arp_peer.ts", import.meta.url).pathname;

/** What is prepared, by the name of its row. */
const WAYS = {
  "address only": [],
  "fast ARP (no MAC known)": ["fast-arp"],
  "static ARP (MAC known)": ["arp"],
} as const satisfies Record<string, readonly string[]>;

interface Sample {
  readonly firstMs: number | undefined;
  readonly burst: number;
}

function denoArgv(...args: string[]): string[] {
  return [Deno.execPath(), "run", "-q", "-A", "--no-lock", "--unstable-net", PEER, ...args];
}

async function prepare(laboratory: Laboratory, way: readonly string[]): Promise<void> {
  const { host, interfaceName } = laboratory;
  const goal = {
    mode: "push",
    addresses: [parseSubnet("192.168.1.66/24")!],
    deviceAddress: "192.168.1.1",
    deviceMac: way.includes("arp") ? DEVICE_MAC : undefined,
    speed: undefined,
    runId: "bench",
  } as const;
  const elevation = await quietElevation(host);
  const interfaces = await listInterfaces(host);
  const target = findInterface(interfaces, interfaceName);
  const facts = await gatherFacts(host, elevation, target, interfaces, goal, "/unbrick");
  const plan = planSetup("linux", facts, goal);
  const steps = plan.steps.filter((step) => step.id === "address" || way.includes(step.id));
  const signal = new AbortController().signal;
  const ended = await runSetup(
    host,
    elevation,
    { ...plan, steps },
    facts,
    "bench",
    () => {},
    signal,
  );
  if (ended.result !== "ready") throw new Error(JSON.stringify(ended));
}

async function measure(laboratory: Laboratory, way: readonly string[]): Promise<Sample> {
  await laboratory.setCable(false);
  await prepare(laboratory, way);
  await using sender = startProcess(laboratory.insideArgv(denoArgv("send")));
  const seconds = (2 + 2 * Math.random()).toFixed(3);
  const received = await runProgram(laboratory.deviceArgv(denoArgv("receive", seconds)));
  sender.signal("SIGKILL");
  await undoSetup(laboratory.host, await quietElevation(laboratory.host), () => {});
  return JSON.parse(received.stdout);
}

if (!await canMakeLaboratory()) {
  process.stderr.write("This needs root on Linux.\n");
  Deno.exit(1);
}
const rounds = Number(Deno.args[0] ?? 10);
await using laboratory = await makeLaboratory("eth0");
const device = (...argv: string[]) => runProgram(laboratory.deviceArgv(argv));
await laboratory.setCable(false);
await device("ip", "link", "set", "device0", "address", DEVICE_MAC);
await device("ip", "addr", "add", "192.168.1.1/24", "dev", "device0");

const samples = new Map<string, Sample[]>();
for (let round = 0; round < rounds; round++) {
  for (const [name, way] of Object.entries(WAYS)) {
    samples.set(name, [...samples.get(name) ?? [], await measure(laboratory, way)]);
  }
}
const rows = [...samples].map(([name, list]) => {
  const times = list.map((sample) => sample.firstMs ?? Infinity);
  const bursts = list.map((sample) => sample.burst);
  return [
    name,
    String(list.length),
    median(times).toFixed(0),
    `${Math.min(...times).toFixed(0)}-${Math.max(...times).toFixed(0)}`,
    `${median(bursts)}/${Math.max(...bursts)}`,
  ];
});
const head = ["prepared", "n", "first datagram, ms after link-up", "range", "burst, median/max"];
process.stdout.write(`${markdownTable([head, ...rows])}\n`);
