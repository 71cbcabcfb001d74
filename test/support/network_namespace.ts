/**
 * Two network namespaces joined by a cable, for what loopback cannot show: no link, no address, no
 * neighbour entry, loss. Linux and root only.
 *
 * @module
 */
import { programPath } from "./peers.ts";
import { runChecked, runProgram } from "./process.ts";

/** Address of the end that is this computer. */
export const HOST_ADDRESS = "192.168.1.2";

/** Address of the end that is the router. */
export const DEVICE_ADDRESS = "192.168.1.1";

/** Address that a default route leads to; nobody has it. */
const GATEWAY_ADDRESS = "192.168.1.254";

/** Name of the interface in the host's namespace. */
export const HOST_INTERFACE = "h0";

/** Name of the interface in the device's namespace. */
export const DEVICE_INTERFACE = "d0";

/** One end of the cable. */
export type CableEnd = "host" | "device";

/** A cable with a namespace at each end. Disposing of it removes all of it. */
export interface Cable extends AsyncDisposable {
  /** Name of the namespace at an end. */
  readonly namespace: Readonly<Record<CableEnd, string>>;
  /** What to put before a program so that it runs at an end. */
  under(end: CableEnd): string[];
  /** Gives an end its address or takes it away. */
  setAddress(end: CableEnd, present: boolean): Promise<void>;
  /** Switches the interface of an end on or off: with either off, the other sees no carrier. */
  setLink(end: CableEnd, up: boolean): Promise<void>;
  /** Lets an end answer ARP or not. */
  setAnswersArp(end: CableEnd, answers: boolean): Promise<void>;
  /** Lets the way to everywhere else lead through an end. */
  setDefaultRoute(end: CableEnd): Promise<void>;
}

const ENDS: readonly CableEnd[] = ["host", "device"];
const ADDRESSES = { host: HOST_ADDRESS, device: DEVICE_ADDRESS };
const INTERFACES = { host: HOST_INTERFACE, device: DEVICE_INTERFACE };

/** Removes a namespace with every program that still runs in it. */
export async function removeNamespace(name: string): Promise<void> {
  const ip = programPath("ip");
  const { stdout } = await runProgram([ip, "netns", "pids", name]);
  for (const pid of stdout.split("\n").filter((line) => line !== "")) {
    try {
      Deno.kill(Number(pid), "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
  await runProgram([ip, "netns", "delete", name]);
}

/** Makes a cable whose ends have no address and are switched off. */
export async function layCable(): Promise<Cable> {
  const ip = programPath("ip");
  const unique = crypto.randomUUID().slice(0, 8);
  const namespace = { host: `unbrick-${unique}h`, device: `unbrick-${unique}d` };

  async function remove(): Promise<void> {
    for (const end of ENDS) await removeNamespace(namespace[end]);
  }

  const cable: Cable = {
    namespace,
    under: (end) => [ip, "netns", "exec", namespace[end]],
    setAddress: (end, present) =>
      runChecked([
        ...[ip, "-n", namespace[end], "address", present ? "add" : "delete"],
        ...[`${ADDRESSES[end]}/24`, "dev", INTERFACES[end]],
      ]),
    setLink: (end, up) =>
      runChecked([ip, "-n", namespace[end], "link", "set", INTERFACES[end], up ? "up" : "down"]),
    setAnswersArp: (end, answers) =>
      runChecked([
        ...[...cable.under(end), "sh", "-c"],
        // 8: no answer for any local address.
        `echo ${answers ? 0 : 8} > /proc/sys/net/ipv4/conf/all/arp_ignore`,
      ]),
    setDefaultRoute: (end) =>
      runChecked([
        ...[ip, "-n", namespace[end], "route", "add", "default"],
        ...["via", GATEWAY_ADDRESS, "dev", INTERFACES[end]],
      ]),
    [Symbol.asyncDispose]: remove,
  };
  try {
    for (const end of ENDS) {
      await runChecked([ip, "netns", "add", namespace[end]]);
      await runChecked([ip, "-n", namespace[end], "link", "set", "lo", "up"]);
    }
    await runChecked([
      ...[ip, "link", "add", HOST_INTERFACE, "netns", namespace.host, "type", "veth"],
      ...["peer", "name", DEVICE_INTERFACE, "netns", namespace.device],
    ]);
  } catch (error) {
    await remove();
    throw error;
  }
  return cable;
}
