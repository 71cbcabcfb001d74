/**
 * A Linux computer of its own in a network namespace, with one cable to a device: what is prepared
 * there does not touch this computer. Needs root. Daemons that are started in it use copies of their
 * folders and a message bus of their own.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createDenoHost } from "../../lib/host/deno_host.ts";
import type { CommandOutput, Host } from "../../lib/host/host.ts";
import { runChecked, type RunningProcess, startProcess } from "./process.ts";

/** A computer and the device at the other end of its cable. */
export interface Laboratory extends AsyncDisposable {
  /** The computer: programs run in its namespace, the journal lies in a folder of its own. */
  readonly host: Host;
  /** Name of its interface; that of the device is "device0". */
  readonly interfaceName: string;
  /** Runs a program in it that must succeed, and returns its standard output. */
  read(...argv: string[]): Promise<string>;
  /** Argv that runs a program in it. */
  insideArgv(argv: readonly string[]): readonly string[];
  /** Argv that runs a program in the device. */
  deviceArgv(argv: readonly string[]): readonly string[];
  /** Pulls the cable at the device's end, or plugs it in. */
  setCable(isPlugged: boolean): Promise<void>;
  /** Lets it see a copy of a folder instead of the folder; returns where the copy is. */
  shadow(folder: string): Promise<string>;
  /** Starts a daemon in it, with a message bus of its own. */
  startDaemon(argv: readonly string[]): Promise<void>;
}

const BUS_CONFIGURATION = (path: string) =>
  `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=${path}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
`;

/** Says that the namespaces are made and keeps them until it is killed. */
const HOLD = "mount -o remount,ro /sys && echo ready && exec sleep infinity";

/** Whether namespaces can be made: root on Linux with iproute2. */
export async function canMakeLaboratory(): Promise<boolean> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  const name = `ub${crypto.randomUUID().slice(0, 8)}`;
  const made = await createDenoHost().run(["ip", "netns", "add", name]);
  if (made.code !== 0) return false;
  await runChecked(["ip", "netns", "del", name]);
  return true;
}

/** Whether this computer has all of the programs. */
export async function hasPrograms(...names: readonly string[]): Promise<boolean> {
  for (const name of names) {
    const found = await createDenoHost().run(["sh", "-c", 'command -v "$1"', "sh", name]);
    if (found.code !== 0) return false;
  }
  return true;
}

/** Makes a computer with an interface of the given name that has link and no address. */
export async function makeLaboratory(interfaceName: string): Promise<Laboratory> {
  const id = crypto.randomUUID().slice(0, 8);
  const [computer, device] = [`ubc${id}`, `ubd${id}`];
  const folder = await Deno.makeTempDir({ prefix: "unbrick-laboratory-" });
  // Daemons that give their rights up must still reach the message bus.
  await Deno.chmod(folder, 0o755);
  const real = createDenoHost();
  const daemons: RunningProcess[] = [];
  const bus = `${folder}/bus`;

  const inside = (argv: readonly string[]): string[] => [
    ...["nsenter", `--net=/proc/${holder.pid}/ns/net`, `--mount=/proc/${holder.pid}/ns/mnt`],
    ...["env", `DBUS_SYSTEM_BUS_ADDRESS=unix:path=${bus}`, ...argv],
  ];
  const runInside = (argv: readonly string[]): Promise<CommandOutput> =>
    real.run(inside(argv), { timeoutMs: 20_000 });
  const peek = (...argv: string[]): string | undefined => {
    const [program, ...args] = inside(argv);
    const output = new Deno.Command(program!, { args }).outputSync();
    return output.code === 0 ? new TextDecoder().decode(output.stdout).trim() : undefined;
  };
  const isOwn = (path: string) => path.startsWith(folder);

  for (const name of [computer, device]) {
    await runChecked(["ip", "netns", "add", name]);
    await runChecked(["ip", "-n", name, "link", "set", "lo", "up"]);
    // Router solicitations and link-local addresses would change the dumps by themselves.
    await runChecked([
      "ip",
      "netns",
      "exec",
      name,
      "sysctl",
      "-qw",
      "net.ipv6.conf.all.disable_ipv6=1",
    ]);
  }
  await runChecked([
    ...["ip", "link", "add", interfaceName, "netns", computer],
    ...["type", "veth", "peer", "name", "device0", "netns", device],
  ]);
  await runChecked(["ip", "-n", device, "link", "set", "device0", "up"]);
  await runChecked(["ip", "-n", computer, "link", "set", interfaceName, "up"]);

  // `ip netns exec` gives the namespace its own /sys; read-only, because NetworkManager takes a
  // writable one as a promise that udev runs.
  const holder = startProcess(["ip", "netns", "exec", computer, "unshare", "-m", "sh", "-c", HOLD]);
  await holder.stdout.waitFor((line) => line === "ready", "the namespaces");

  const host: Host = {
    ...real,
    run: runInside,
    env: (name) => name === "HOME" ? folder : undefined,
    readFile: async (path) => {
      if (isOwn(path)) return await real.readFile(path);
      const read = await runInside(["cat", path]);
      if (read.code !== 0) throw new Error(read.stderr);
      return new Uint8Array(Buffer.from(read.stdout));
    },
    listDirectory: async (path) =>
      (await runInside(["ls", "-A", path])).stdout.split("\n").filter((name) => name !== ""),
    stat: (path) =>
      isOwn(path)
        ? real.stat(path)
        : peek("test", "-e", path) === undefined
        ? undefined
        : { kind: "file", size: 0, modifiedAt: undefined },
    realPath: (path) => isOwn(path) ? real.realPath(path) : peek("realpath", "-e", path),
  };

  return {
    host,
    interfaceName,
    read: async (...argv) => {
      const output = await runInside(argv);
      if (output.code !== 0) throw new Error(`${argv.join(" ")}: ${output.stdout}${output.stderr}`);
      return output.stdout;
    },
    insideArgv: inside,
    deviceArgv: (argv) => ["ip", "netns", "exec", device, ...argv],
    setCable: (isPlugged) =>
      runChecked(["ip", "-n", device, "link", "set", "device0", isPlugged ? "up" : "down"]),
    async shadow(original) {
      const copy = `${folder}/${original.replaceAll("/", "_")}`;
      await Deno.mkdir(copy);
      await Deno.mkdir(original, { recursive: true });
      await runChecked(["cp", "-a", `${original}/.`, copy]);
      await runChecked(inside(["mount", "--bind", copy, original]));
      return copy;
    },
    async startDaemon(argv) {
      if (daemons.length === 0) {
        await Deno.writeTextFile(`${folder}/bus.conf`, BUS_CONFIGURATION(bus));
        const args = ["--nofork", "--nopidfile", "--print-address"];
        const daemon = startProcess(["dbus-daemon", `--config-file=${folder}/bus.conf`, ...args]);
        daemons.push(daemon);
        await daemon.stdout.waitFor((line) => line.startsWith("unix:"), "the message bus");
      }
      daemons.push(startProcess(inside(argv), { stopSignal: "SIGTERM" }));
    },
    async [Symbol.asyncDispose]() {
      for (const daemon of [holder, ...daemons].reverse()) await daemon[Symbol.asyncDispose]();
      for (const name of [computer, device]) await runChecked(["ip", "netns", "del", name]);
      await Deno.remove(folder, { recursive: true });
    },
  };
}
