/**
 * Where a transfer is measured: on loopback, or over a cable in user space between two network
 * namespaces, as few kernels can delay packets themselves.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { loopbackAddress } from "../support/loopback.ts";
import { makeNamespace, type Namespace } from "../support/namespaces.ts";
import { programPath } from "../support/peers.ts";
import { startProcess } from "../support/process.ts";
import type { Line } from "./transfer_rows.ts";

/** Two ends with a line between them. */
export interface Site extends AsyncDisposable {
  /** An address for one more server. */
  newAddress(): string;
  /** Namespace of the servers; undefined for this one. */
  readonly serverSide: string | undefined;
  /** Namespace of the clients; undefined for this one. */
  readonly clientSide: string | undefined;
}

/** The command that runs a program on one side of a site. */
export function onSide(side: string | undefined, argv: readonly string[]): string[] {
  return side === undefined ? [...argv] : [programPath("ip"), "netns", "exec", side, ...argv];
}

/** Makes a site. */
export async function openSite(line: Line): Promise<Site> {
  if (line.roundTripMs === 0 && line.loss === 0) {
    return {
      newAddress: loopbackAddress,
      serverSide: undefined,
      clientSide: undefined,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  await using stack = new AsyncDisposableStack();
  const [server, client, cable] = [
    stack.use(await makeNamespace()),
    stack.use(await makeNamespace()),
    stack.use(await makeNamespace()),
  ];
  const free = Array.from({ length: 8 }, (_, index) => `192.168.1.${index + 10}`);
  await join(cable, "c0", server, free);
  await join(cable, "c1", client, ["192.168.1.2"]);
  const script = fromFileUrl(new URL("slow_cable.py", import.meta.url));
  const process = stack.use(startProcess(cable.argv(
    ...[programPath("python3"), script, "c0", "c1"],
    ...[String(line.roundTripMs / 2), String(line.loss), "1"],
  )));
  await process.stdout.waitFor((text) => text === "ready", "a cable that works");
  const ends = stack.move();
  return {
    newAddress: () => free.shift()!,
    serverSide: server.name,
    clientSide: client.name,
    [Symbol.asyncDispose]: () => ends.disposeAsync(),
  };
}

/** Lays a veth pair from the middle to an end with these addresses. */
async function join(
  cable: Namespace,
  name: string,
  end: Namespace,
  addresses: readonly string[],
): Promise<void> {
  await cable.ip("link", "add", name, "type", "veth", "peer", "name", "e0", "netns", end.name);
  for (const address of addresses) await end.ip("addr", "add", `${address}/24`, "dev", "e0");
  await end.ip("link", "set", "e0", "up");
  await cable.ip("link", "set", name, "up");
}
