/**
 * Why a BOOTP and DHCP server answers nobody, and that it is over, in words.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import type { Held } from "./guard.ts";

/** Why nobody is answered, in words that follow "not answering:", and what to do. */
export interface HeldText {
  /** What is the matter. */
  readonly reason: string;
  /** What to do next; empty when there is nothing to do but wait. */
  readonly hint: string;
}

/**
 * Why nobody is answered.
 *
 * @param before what held it until now: an interface that is back may still lack something.
 */
export function describeHeld(held: Held, before?: Held): HeldText {
  const back = before?.why === "no-interface" ? "the interface is back, but " : undefined;
  switch (held.why) {
    case "no-interface":
      return {
        reason: "the interface is gone (adapter unplugged, or switched off)",
        hint: "Plug it in again: as soon as it is back with its address, this goes on by itself",
      };
    case "no-link":
      return {
        reason: `${
          back === undefined ? "" : `${back}has `
        }no link (cable out, or the other end is off)`,
        hint: "",
      };
    case "no-address":
      return {
        reason: `${back ?? "the interface "}no longer has the address ${held.address}`,
        hint: "Give it that address again (unbrick setup), then this goes on by itself",
      };
    case "default-route":
      return {
        reason: "a default route leaves through this interface, so it leads to a living network",
        hint: "Connect the router alone to this interface",
      };
    case "other-server":
      return {
        reason: `another DHCP server answers here: ${held.server}`,
        hint: "Connect the router alone, then pull the cable out for a moment: the network is " +
          "looked at again",
      };
    case "cannot-ask":
      return {
        reason: `another DHCP server cannot be looked for: ${held.error.message}`,
        hint: held.error.hint ?? "",
      };
    default:
      return assertNever(held);
  }
}

/** What is over, in words; undefined for what cannot be told to be over. */
export function describeOver(held: Held): string | undefined {
  switch (held.why) {
    case "no-interface":
      return "the interface is back";
    case "no-link":
      return "there is a link now";
    case "no-address":
      return "the interface has its address again";
    case "default-route":
      return "no default route leaves through the interface any more";
    case "cannot-ask":
      return "another DHCP server can be looked for again";
    case "other-server":
      return undefined;
    default:
      return assertNever(held);
  }
}
