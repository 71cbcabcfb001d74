/**
 * Where this program lies.
 *
 * @module
 */
import { dirname, fromFileUrl } from "@std/path";

/**
 * The folder in which people put their own files beside the program: that of the one executable, or
 * of the main module when it runs from source.
 *
 * @param mainModule `import.meta.url` of the main module.
 */
export function programFolder(mainModule: string): string {
  return dirname(Deno.build.standalone ? Deno.execPath() : fromFileUrl(mainModule));
}
