/**
 * `unbrick` as it is, and in addition: on SIGUSR2 it collects all garbage and says on standard error
 * how much memory is in use, as `heap BYTES`. To be run with `--v8-flags=--expose-gc`.
 *
 * @module
 */
declare global {
  /** Collects garbage; there with `--expose-gc`. */
  var gc: () => void;
}

Deno.addSignalListener("SIGUSR2", () => {
  // What a first round leaves to finalizers, a second one collects.
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = Deno.memoryUsage();
  Deno.stderr.writeSync(new TextEncoder().encode(`heap ${heapUsed + external}\n`));
});
await import("../../main.ts");
