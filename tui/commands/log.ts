/**
 * `unbrick log`: the last session as text fit for a forum post.
 *
 * @module
 */
import { Command } from "@cliffy/command";
import { UnbrickError } from "../../lib/errors.ts";
import { findLastLog, parseSessionLog } from "../../lib/recovery/session_log.ts";
import type { InteractiveContext } from "../context.ts";
import { describeLog } from "../log_text.ts";
import { type GuideOptions, logFolders } from "./guide.ts";

/** Builds the command. */
export function logCommand(context: InteractiveContext, guide: GuideOptions) {
  return new Command()
    .description("Print what happened in the last guided session, for a forum post.")
    .action(async () => {
      const { host, console } = context;
      const path = await findLastLog(host, logFolders(context, guide));
      if (path === undefined) {
        throw new UnbrickError("file-not-found", "There is no log of a session", {
          hint: "Start unbrick without arguments; it keeps one",
        });
      }
      const entries = parseSessionLog(new TextDecoder().decode(await host.readFile(path)));
      console.stdout(`${describeLog(entries).join("\n")}\n`);
    });
}
