/**
 * TFTP servers of others, each on an address of its own so that tests can run side by side.
 *
 * @module
 */
import { loopbackAddress } from "./loopback.ts";
import { programPath } from "./peers.ts";
import { type RunningProcess, startProcess } from "./process.ts";
import { until } from "./waiting.ts";

/** Servers that tests know how to start. */
export type ServerName = "tftpd-hpa" | "atftpd" | "dnsmasq";

/** A server that runs. Disposing of it ends it. */
export interface PeerServer extends AsyncDisposable {
  /** IPv4 address it listens on. */
  readonly address: string;
  /** UDP port it listens on. */
  readonly port: number;
  /** Its process id. */
  readonly pid: number;
}

/** How a server is started. */
export interface PeerServerOptions {
  /** Folder it serves and, if it can, stores in. */
  readonly root: string;
  /** Address to listen on; by default a loopback address that nobody else uses. */
  readonly address?: string;
  /** Network namespace to run in. */
  readonly namespace?: string;
}

/** Port of all these servers: the address keeps them apart, and dnsmasq knows no other. */
const TFTP_PORT = 69;

function serverCommand(name: ServerName, address: string, root: string): string[] {
  switch (name) {
    case "tftpd-hpa":
      return [
        programPath("in.tftpd"),
        "--foreground",
        "--address",
        `${address}:${TFTP_PORT}`,
        "--create",
        "--permissive",
        "--secure",
        "--user",
        "root",
        root,
      ];
    case "atftpd":
      return [
        programPath("atftpd"),
        "--daemon",
        "--no-fork",
        "--bind-address",
        address,
        "--port",
        String(TFTP_PORT),
        // Its own limit is 100 at once, dnsmasq's 50.
        "--maxthread",
        "200",
        "--user",
        "root.root",
        "--logfile",
        "-",
        root,
      ];
    case "dnsmasq":
      return [
        programPath("dnsmasq"),
        "--keep-in-foreground",
        "--conf-file=/dev/null",
        "--port=0",
        "--enable-tftp",
        "--tftp-max=200",
        `--tftp-root=${root}`,
        `--listen-address=${address}`,
        "--bind-interfaces",
        "--user=root",
        "--pid-file=",
        "--log-facility=-",
        "--no-resolv",
        "--no-hosts",
      ];
  }
}

/** Starts a server and waits until it listens. */
export async function startPeerServer(
  name: ServerName,
  options: PeerServerOptions,
): Promise<PeerServer> {
  const address = options.address ?? loopbackAddress();
  const command = serverCommand(name, address, options.root);
  const prefix = options.namespace === undefined
    ? []
    : [programPath("ip"), "netns", "exec", options.namespace];
  const process = startProcess([...prefix, ...command], { stopSignal: "SIGTERM" });
  try {
    await untilListening(process, address, TFTP_PORT);
  } catch (error) {
    await process[Symbol.asyncDispose]();
    throw error;
  }
  return {
    address,
    port: TFTP_PORT,
    pid: process.pid,
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

/** Waits until a process, in whatever namespace it is, has a UDP socket bound to this address. */
export async function untilListening(
  process: RunningProcess,
  address: string,
  port: number,
): Promise<void> {
  const bytes = address.split(".").map(Number).reverse();
  const hex = [...bytes.map((byte) => hexOf(byte, 2)), ":", hexOf(port, 4)].join("");
  let ended = false;
  process.exit.then(() => ended = true, () => {});
  await until(`a socket on ${address} port ${port}`, async () => {
    if (ended) throw new Error(`The server ended with code ${await process.exit}`);
    const table = await Deno.readTextFile(`/proc/${process.pid}/net/udp`).catch(() => "");
    return table.includes(` ${hex} `);
  });
}

function hexOf(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, "0");
}
