/**
 * Where this program lies.
 *
 * @module
 */
import { dirname } from "@std/path";

/**
 * The folder in which people put their own files beside the one-file program.
 *
 * @returns undefined when it runs from its sources.
 */
export function programFolder(): string | undefined {
  return Deno.build.standalone ? dirname(Deno.execPath()) : undefined;
}
