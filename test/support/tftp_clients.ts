/**
 * TFTP clients of others, called in one way.
 *
 * @module
 */
import { programPath } from "./peers.ts";
import { type FinishedProcess, runProgram } from "./process.ts";

/** Clients that tests know how to call. */
export type ClientName = "tftp-hpa" | "atftp" | "curl" | "busybox";

/** A transfer for a client to make. */
export interface ClientJob {
  /** Direction, seen from the client. */
  readonly direction: "get" | "put";
  /** IPv4 address of the server. */
  readonly address: string;
  /** UDP port of the server. */
  readonly port: number;
  /** Name at the server. */
  readonly remote: string;
  /** Name on this side, in `folder`. */
  readonly local: string;
  /** Folder to work in. */
  readonly folder: string;
  /** Bytes per block to ask for. */
  readonly blksize?: number;
  /** Blocks per window to ask for (atftp only). */
  readonly windowsize?: number;
  /** Asks for tsize and a timeout of one second (atftp only; curl and BusyBox choose themselves). */
  readonly tsizeAndTimeout?: boolean;
  /** Text mode (tftp-hpa and curl only). */
  readonly netascii?: boolean;
}

/** Program and arguments of a client for a job. */
export function clientCommand(client: ClientName, job: ClientJob): string[] {
  const { direction, address, port, remote, local, blksize, windowsize } = job;
  const isGet = direction === "get";
  switch (client) {
    case "tftp-hpa": {
      const names = isGet ? [remote, local] : [local, remote];
      const mode = job.netascii === true ? "netascii" : "octet";
      return [programPath("tftp"), "-m", mode, address, String(port), "-c", direction, ...names];
    }
    case "atftp": {
      const options = [
        ...(blksize === undefined ? [] : [`blksize ${blksize}`]),
        ...(windowsize === undefined ? [] : [`windowsize ${windowsize}`]),
        ...(job.tsizeAndTimeout === true ? ["tsize 0", "timeout 1"] : []),
      ].flatMap((option) => ["--option", option]);
      const files = ["--remote-file", remote, "--local-file", local];
      return [programPath("atftp"), ...options, `--${direction}`, ...files, address, String(port)];
    }
    case "curl": {
      const options = blksize === undefined
        ? ["--tftp-no-options"]
        : ["--tftp-blksize", String(blksize)];
      const mode = job.netascii === true ? ";mode=netascii" : "";
      const url = `tftp://${address}:${port}/${remote}${mode}`;
      const file = isGet ? ["--output", local] : ["--upload-file", local];
      return [programPath("curl"), "--silent", "--show-error", ...options, ...file, url];
    }
    case "busybox": {
      const options = blksize === undefined ? [] : ["-b", String(blksize)];
      const files = ["-r", remote, "-l", local];
      const verb = isGet ? "-g" : "-p";
      return [programPath("busybox"), "tftp", verb, ...options, ...files, address, String(port)];
    }
  }
}

/** Runs a client to its end. */
export function runPeerClient(client: ClientName, job: ClientJob): Promise<FinishedProcess> {
  return runProgram(clientCommand(client, job), { cwd: job.folder });
}
