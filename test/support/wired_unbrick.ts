/**
 * `unbrick` for tests in namespaces: the same command tree over the real host, but an interface of
 * software (veth, tap) shows itself as a wired one, as which it stands in. With `UNBRICK_TEST_FAULTS`
 * set to a share such as 0.05, that share of all datagrams is lost, and as many arrive twice, in both
 * directions.
 *
 * Usage: wired_unbrick.ts INTERFACE ARGUMENT ...
 *
 * @module
 */
import { createDenoHost } from "../../lib/host/deno_host.ts";
import type { Host } from "../../lib/host/host.ts";
import { SYS_NET } from "../../lib/net/list_interfaces.ts";
import { seededRandom } from "../../lib/simulator/random.ts";
import { runCommandLine } from "../../tui/commands/root.ts";
import { openTerminal } from "../../tui/console.ts";
import { reportError } from "../../tui/report.ts";

const [interfaceName = "", ...args] = Deno.args;
const real = createDenoHost();
const outputClosed = (): never => Deno.exit(1);
const { console, input } = openTerminal({ os: real.os, env: real.env, outputClosed });
const stop = new AbortController();
Deno.addSignalListener("SIGTERM", () => stop.abort());
let exitCode = 0;

/** `ip -j -d addr` without what tells that the interface is made by software. */
function asWired(json: string): string {
  const entries: Record<string, unknown>[] = JSON.parse(json);
  for (const entry of entries) {
    if (entry.ifname === interfaceName) delete entry.linkinfo;
  }
  return JSON.stringify(entries);
}

const faults = Number(real.env("UNBRICK_TEST_FAULTS") ?? "0");
const random = seededRandom(1);

/** How many copies of a datagram arrive. */
function copies(): number {
  const chance = random();
  return chance < faults ? 0 : chance < 2 * faults ? 2 : 1;
}

const host: Host = {
  ...real,
  bind(local, handlers, options) {
    const socket = real.bind(local, {
      ...handlers,
      datagram(bytes, from) {
        for (let count = copies(); count > 0; count--) handlers.datagram(bytes, from);
      },
    }, options);
    return {
      ...socket,
      send(bytes, to) {
        for (let count = copies(); count > 0; count--) socket.send(bytes, to);
      },
    };
  },
  realPath: (path: string) =>
    path === `${SYS_NET}/${interfaceName}/device` ? "/sys/devices/pci0000:00" : real.realPath(path),
  async run(...[argv, options]: Parameters<typeof real.run>) {
    const output = await real.run(argv, options);
    return argv.join(" ") === "ip -j -d addr"
      ? { ...output, stdout: asWired(output.stdout) }
      : output;
  },
};
try {
  await runCommandLine(
    {
      host,
      console,
      input,
      signal: stop.signal,
      setExitCode: (code) => exitCode = code,
    },
    {
      version: "test",
      deno: Deno.version.deno,
      build: () => Promise.resolve({ packages: "folder", commit: undefined }),
      toolPath: Deno.execPath(),
      programFolder: undefined,
    },
    args,
  );
} catch (thrown) {
  exitCode = reportError(console, thrown, { debug: false });
}
await console.flushed();
Deno.exit(exitCode);
