/**
 * Bootloaders that pull, as their sources and captures of their packets show them.
 *
 * @module
 */
import type { Millis } from "../host/host.ts";
import type { PullingProfile } from "./pulling.ts";

function option(name: string, value: string): { readonly name: string; readonly value: string } {
  return { name, value };
}

function times(count: number, wait: Millis): readonly Millis[] {
  return new Array<Millis>(count).fill(wait);
}

/** U-Boot derives its port from the time since power-on (net/tftp.c). */
function ubootPort(now: Millis): number {
  return 1024 + Math.floor(now) % 3072;
}

/**
 * U-Boot's own TFTP (net/tftp.c), as Debian builds 2023.01. It ignores a block that comes again
 * without acknowledging it: a lost ACK costs the five seconds after which it repeats that by itself.
 * ERROR 1 and 2 stop it for good, and so does everything else, because it does not try again: see
 * {@link UBOOT_NETRETRY}. After its last ACK it is gone.
 */
export const UBOOT: PullingProfile = {
  mode: "octet",
  options: [option("timeout", "5"), option("blksize", "1468")],
  probesSize: false,
  resolves: { requests: 4, everyMs: 5000 },
  sourcePort: ubootPort,
  requestWaits: () => times(11, 5000),
  dataWaitMs: 5000,
  dataTries: 10,
  forgivesTries: true,
  onRepeatedBlock: "ignore",
  onOtherBlock: "ignore",
  locksPeer: true,
  wraps: true,
  onOack: "accept",
  comparesCase: false,
  finalErrors: [1, 2],
  restartPauseMs: 10_000,
  restarts: 0,
};

/**
 * The same with `setenv netretry yes`, and as older versions do by themselves: after a failure it
 * pauses for ten seconds and starts again, without end.
 */
export const UBOOT_NETRETRY: PullingProfile = { ...UBOOT, restarts: Infinity };

/** The same built with CONFIG_TFTP_TSIZE: it asks for the size, too. */
export const UBOOT_TSIZE: PullingProfile = {
  ...UBOOT,
  options: [option("timeout", "5"), option("tsize", "0"), option("blksize", "1468")],
};

/** U-Boot over lwIP (2025 and later): compares the names in an OACK with case. */
export const UBOOT_LWIP: PullingProfile = {
  ...UBOOT,
  resolves: undefined,
  options: [option("tsize", "0"), option("blksize", "1468")],
  sourcePort: (_, attempt) => 49_153 + attempt,
  requestWaits: () => times(5, 10_000),
  dataWaitMs: 10_000,
  dataTries: 5,
  onRepeatedBlock: "ack",
  comparesCase: true,
  finalErrors: "all",
};

/**
 * TP-Link's recovery over a U-Boot 1.1: one request that waits five seconds, then one a second, each
 * from another port; no option but `timeout`, blocks of 512 bytes.
 */
export const TP_LINK: PullingProfile = {
  ...UBOOT,
  resolves: undefined,
  options: [option("timeout", "5")],
  sourcePort: (now, attempt) => 1024 + (Math.floor(now) + 37 * attempt) % 3072,
  requestWaits: (attempt) => attempt === 0 ? [5000] : [1000],
  restartPauseMs: 0,
  restarts: 60,
};

/**
 * MikroTik's RouterBOOT once it has its address. No capture of it is at hand: plain TFTP without
 * options, from one port, with short waits, is the least that any server has to satisfy.
 */
export const ROUTERBOOT_TFTP: PullingProfile = {
  ...UBOOT,
  resolves: undefined,
  options: [],
  sourcePort: (_, attempt) => 2000 + attempt,
  requestWaits: () => times(5, 1000),
  dataWaitMs: 1000,
  dataTries: 10,
  onRepeatedBlock: "ack",
  finalErrors: "all",
  restarts: 3,
};

/**
 * RedBoot's `load -m tftp`: mode in upper case, one request only, five seconds for the first block,
 * and fifteen waits in vain for all of the transfer. An OACK ends it. Whatever block is not the next
 * makes it acknowledge the last one again. It counts blocks in an int, so that files of more than
 * 65535 blocks never end, and does not look at who sends.
 */
export const REDBOOT: PullingProfile = {
  mode: "OCTET",
  options: [],
  probesSize: false,
  resolves: undefined,
  sourcePort: (_, attempt) => 7700 + attempt,
  requestWaits: () => [5000],
  dataWaitMs: 5000,
  dataTries: 15,
  forgivesTries: false,
  onRepeatedBlock: "ack",
  onOtherBlock: "ack",
  locksPeer: false,
  wraps: false,
  onOack: "abort",
  comparesCase: false,
  finalErrors: "all",
  restartPauseMs: 0,
  restarts: 0,
};

/** CFE's client: every block that is not the next costs one of its eight tries. */
export const CFE_CLIENT: PullingProfile = {
  ...REDBOOT,
  mode: "octet",
  sourcePort: () => 1026,
  requestWaits: () => times(8, 5000),
  dataWaitMs: 1000,
  dataTries: 8,
  forgivesTries: true,
  onRepeatedBlock: "ack-and-count",
  onOtherBlock: "ack-and-count",
  wraps: true,
  onOack: "abort",
};

/**
 * EDK2 (UEFI PXE): asks for the size in a transfer of its own, which it ends with ERROR 8 on purpose,
 * then for the file with real windows of four blocks.
 */
export const EDK2: PullingProfile = {
  ...UBOOT,
  resolves: undefined,
  options: [option("tsize", "0"), option("blksize", "1468"), option("windowsize", "4")],
  probesSize: true,
  sourcePort: (_, attempt) => 1200 + attempt,
  requestWaits: () => times(6, 4000),
  dataWaitMs: 4000,
  dataTries: 6,
  onRepeatedBlock: "ack",
  onOtherBlock: "ack",
  finalErrors: "all",
  restarts: 0,
};

/** iPXE: its own short waits, acknowledges again whatever comes, a block too long is fatal. */
export const IPXE: PullingProfile = {
  ...UBOOT,
  resolves: undefined,
  options: [option("blksize", "1432"), option("tsize", "0")],
  sourcePort: (_, attempt) => 20_480 + attempt,
  requestWaits: () => [250, 500, 1000, 2000, 4000, 8000],
  dataWaitMs: 1000,
  dataTries: 12,
  onRepeatedBlock: "ack",
  onOtherBlock: "ack",
  finalErrors: "all",
  restarts: 0,
};
