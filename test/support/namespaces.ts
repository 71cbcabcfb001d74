/**
 * Network namespaces as cables: what happens in them reaches nobody else. Linux, as root.
 *
 * @module
 */
import { runChecked } from "./process.ts";

/** A namespace that exists until it is disposed of. */
export interface Namespace extends AsyncDisposable {
  /** Its name. */
  readonly name: string;
  /** The command that runs a program in it. */
  argv(...program: readonly string[]): [string, ...string[]];
  /** Runs `ip` in it; throws when that fails. */
  ip(...args: readonly string[]): Promise<void>;
}

/** This computer's address in the namespaces made here. */
export const OUR_ADDRESS = "192.168.1.2";

/** The device's address in the namespaces made here, when it has one. */
export const DEVICE_ADDRESS = "192.168.1.1";

/** Makes a namespace with nothing but loopback. */
export async function makeNamespace(): Promise<Namespace> {
  const name = `unbrick-${crypto.randomUUID().slice(0, 8)}`;
  await runChecked(["ip", "netns", "add", name]);
  const ip = (...args: readonly string[]): Promise<void> => runChecked(["ip", "-n", name, ...args]);
  await ip("link", "set", "lo", "up");
  return {
    name,
    ip,
    argv: (...program) => ["ip", "netns", "exec", name, ...program],
    async [Symbol.asyncDispose]() {
      await runChecked(["ip", "netns", "del", name]);
    },
  };
}

/**
 * A namespace with a tap device "t0" that has {@link OUR_ADDRESS}; a virtual machine on it is the
 * device, and its start is the moment in which the cable comes to life.
 */
export async function makeTap(): Promise<Namespace> {
  const namespace = await makeNamespace();
  await namespace.ip("tuntap", "add", "t0", "mode", "tap");
  await namespace.ip("addr", "add", `${OUR_ADDRESS}/24`, "dev", "t0");
  await namespace.ip("link", "set", "t0", "up");
  return namespace;
}

/** Two namespaces with a cable between them. */
export interface Cable extends AsyncDisposable {
  /** This computer: "h0" with {@link OUR_ADDRESS}. */
  readonly computer: Namespace;
  /** The device: "d0", up, without an address. */
  readonly device: Namespace;
}

/** Makes two namespaces with a cable between them. */
export async function makeCable(): Promise<Cable> {
  const computer = await makeNamespace();
  const device = await makeNamespace();
  await computer.ip(
    ...["link", "add", "h0", "type", "veth", "peer", "name", "d0", "netns", device.name],
  );
  await computer.ip("addr", "add", `${OUR_ADDRESS}/24`, "dev", "h0");
  await computer.ip("link", "set", "h0", "up");
  await device.ip("link", "set", "d0", "up");
  return {
    computer,
    device,
    async [Symbol.asyncDispose]() {
      await computer[Symbol.asyncDispose]();
      await device[Symbol.asyncDispose]();
    },
  };
}
