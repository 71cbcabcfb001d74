/**
 * Failures of transfers in words.
 *
 * @module
 */
import { assertNever, toUnbrickError } from "../errors.ts";
import type { FailureDetails } from "../tftp/events.ts";
import { displayByteString } from "../tftp/name.ts";
import type { TransferFailure } from "../tftp/session.ts";
import { explainTftpError } from "./explain.ts";

/** What was being done when it failed. */
export type Activity = "serve" | "receive" | "push" | "get";

/** Says what happened, why it probably did, and what to do next. */
export function describeFailure(failure: TransferFailure, activity: Activity): FailureDetails {
  switch (failure.kind) {
    case "timeout":
      return { code: "timeout", ...describeSilence(failure, activity) };
    case "peer-error": {
      const said = displayByteString(failure.message);
      const explanation = explainTftpError(failure.code, said, {
        saidBy: "device",
        verdict: failure.verdict,
        direction: activity === "receive" ? "serve" : activity,
      });
      const quoted = said === "" ? "" : ` "${said}"`;
      const who = failure.verdict ? "The device refused the image" : "The other side ended it";
      return {
        code: failure.verdict ? "image-refused" : "peer-error",
        message: `${who}: error ${failure.code}${quoted}. ${explanation.meaning}`,
        hint: `${explanation.cause} ${explanation.next}`,
      };
    }
    case "protocol":
      return {
        code: "protocol",
        message: `The other side broke the protocol: ${failure.reason}`,
        hint: "Try again without --blksize and --windowsize; if it stays, run with --trace and ask",
      };
    case "size":
      return {
        code: "incomplete",
        message: `${failure.announced} bytes were announced, ${failure.received} came: ` +
          "the file is not kept",
        hint: "Send it again: curl leaves out a part of the file when this computer was slow to " +
          "answer. --no-options takes a file without looking at its announced size",
      };
    case "local": {
      const { code, message, hint = "" } = toUnbrickError(failure.cause);
      return { code, message, hint };
    }
    case "aborted":
      return {
        code: "interrupted",
        message: failure.reason,
        hint: "",
      };
    default:
      return assertNever(failure);
  }
}

function describeSilence(
  failure: { readonly silentMs: number; readonly heard: boolean },
  activity: Activity,
): { message: string; hint: string } {
  const seconds = Math.round(failure.silentMs / 1000);
  if (!failure.heard) {
    return activity === "push" || activity === "get"
      ? {
        message: `Nothing answered for ${seconds} s`,
        hint: "Check cable, address and firewall, and switch the router off and on while " +
          "unbrick is already asking",
      }
      : {
        message: "The device asked but never took the first packet",
        hint: "A firewall may drop the answer, or the device's network went down; " +
          "switch it off and on and let it ask again",
      };
  }
  return {
    message: `The other side fell silent in the middle of the transfer, ${seconds} s ago`,
    hint: "Check that cable and power stayed in, leave the device a few minutes, then start over",
  };
}
