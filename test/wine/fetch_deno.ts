/**
 * Puts Windows' Deno, as npm has it, where the checks under wine start the tests with it.
 *
 * @module
 */
import { getDenoRuntime } from "../../tools/build/deno_runtime.ts";
import { TARGETS } from "../../tools/build/targets.ts";

const target = TARGETS.find(({ name }) => name === "x86_64-pc-windows-msvc")!;
const home = new URL("../../.cache/wine/home/", import.meta.url);
await Deno.mkdir(home, { recursive: true });
await Deno.writeFile(new URL("deno.exe", home), (await getDenoRuntime(target)).program);
