/**
 * Who takes part in `window.ts`: programs that push, as the OpenWrt wiki tells people to use them, and
 * `unbrick push`, alone and with each preparation that `unbrick setup` makes.
 *
 * @module
 */
import { FAST_ARP } from "../../lib/setup/plan_linux_arp.ts";
import { type ProgramName, programPath } from "../support/peers.ts";
import { unbrickArgv } from "../support/unbrick_process.ts";

/** How the computer is prepared. */
export type Preparation = "none" | "static-entry" | "fast-search";

/** A program that takes part. */
export interface WindowClient {
  /** What the command line calls it. */
  readonly id: string;
  /** Name of its row. */
  readonly name: string;
  /** What it needs of this computer. */
  readonly program: ProgramName | undefined;
  /** How the computer is prepared for it. */
  readonly preparation: Preparation;
  /**
   * Milliseconds in which its habits, and ARP's, repeat themselves: a device that appears at a moment
   * out of this span meets it at any of them.
   */
  readonly cycleMs: number;
  /** Program and arguments that push `fw.bin` of the current folder. */
  readonly argv: (address: string) => readonly string[];
  /** Text for its standard input. */
  readonly stdin?: string;
  /** A line of its output after which the router may be switched on. */
  readonly ready?: string;
}

const IMAGE = "fw.bin";

/** ARP gives up after three seconds and starts anew. */
const ARP_CYCLE_MS = 3300;

function ours(id: string, name: string, preparation: Preparation): WindowClient {
  return {
    id,
    name,
    program: undefined,
    preparation,
    cycleMs: ARP_CYCLE_MS,
    argv: (address) => unbrickArgv(["push", IMAGE, address]),
    ready: "Switch the router on now",
  };
}

/** Everybody, in the order of the rows. */
export const WINDOW_CLIENTS: readonly WindowClient[] = [
  {
    id: "tftp-hpa",
    name: "tftp-hpa, rexmt 1",
    program: "tftp",
    preparation: "none",
    cycleMs: ARP_CYCLE_MS,
    argv: (address) => [programPath("tftp"), "-m", "binary", address],
    stdin: `rexmt 1\ntimeout 60\nput ${IMAGE}\nquit\n`,
  },
  {
    id: "atftp",
    name: "atftp, timeout 1",
    program: "atftp",
    preparation: "none",
    cycleMs: 5000,
    argv: (address) => [
      ...[programPath("atftp"), "--option", "timeout 1", "--put"],
      ...["--remote-file", IMAGE, "--local-file", IMAGE, address],
    ],
  },
  {
    id: "curl",
    name: "curl -T",
    program: "curl",
    preparation: "none",
    cycleMs: 7000,
    argv: (address) => [programPath("curl"), "-sT", IMAGE, `tftp://${address}/${IMAGE}`],
  },
  {
    id: "busybox",
    name: "busybox tftp -p",
    program: "busybox",
    preparation: "none",
    cycleMs: 13_000,
    argv: (address) => [
      ...[programPath("busybox"), "tftp", "-p", "-l", IMAGE, "-r", IMAGE, address],
    ],
  },
  ours("unbrick", "unbrick", "none"),
  ours("static", "unbrick, static ARP entry", "static-entry"),
  ours("prepared", "unbrick, prepared, MAC unknown", "fast-search"),
];

const NEIGHBOUR_SETTINGS = "/proc/sys/net/ipv4/neigh/h0";

/** What Linux does unless told otherwise. */
const USUAL_SEARCH = { retransMs: 1000, mcastSolicit: 3, queueBytes: 212_992 };

/**
 * Lines for a shell that forget the device and prepare the computer's end of the cable, as
 * `unbrick setup` does it.
 */
export function preparationScript(
  preparation: Preparation,
  deviceAddress: string,
  deviceMac: string,
): string {
  const { retransMs, mcastSolicit, queueBytes } = preparation === "fast-search"
    ? FAST_ARP
    : USUAL_SEARCH;
  const entry = `ip neigh replace ${deviceAddress} lladdr ${deviceMac} dev h0 nud permanent`;
  return [
    `echo ${retransMs} > ${NEIGHBOUR_SETTINGS}/retrans_time_ms`,
    `echo ${mcastSolicit} > ${NEIGHBOUR_SETTINGS}/mcast_solicit`,
    `echo ${queueBytes} > ${NEIGHBOUR_SETTINGS}/unres_qlen_bytes`,
    "ip neigh flush dev h0 nud all",
    ...(preparation === "static-entry" ? [entry] : []),
  ].join("\n");
}
