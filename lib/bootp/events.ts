/**
 * What the BOOTP and DHCP server tells while it runs. These objects are part of the `--json` schema:
 * one event per line, field names stable.
 *
 * @module
 */

/** Something that happened in the BOOTP and DHCP server. */
export type BootpEvent =
  /** It waits for requests. */
  | {
    readonly event: "bootp-listening";
    readonly interface: string;
    readonly address: string;
    readonly first: string;
    readonly last: string;
  }
  /** The network is looked at before anybody is answered. */
  | {
    readonly event: "bootp-checking";
    readonly interface: string;
    /** Seconds until the verdict. */
    readonly seconds: number;
  }
  /** Nobody else serves on this cable: requests are answered from now on. */
  | { readonly event: "bootp-clear"; readonly interface: string }
  /** Nobody is answered for now: no link, another DHCP server, a default route. */
  | {
    readonly event: "bootp-held";
    readonly interface: string;
    readonly reason: string;
    /** What to do next; empty when there is nothing to do but wait. */
    readonly hint: string;
  }
  /** What stood in the way is over, such as an interface that was gone. */
  | { readonly event: "bootp-back"; readonly interface: string; readonly reason: string }
  /** A client was heard for the first time. Always comes before anything is sent to it. */
  | {
    readonly event: "bootp-client";
    readonly mac: string;
    readonly protocol: "BOOTP" | "DHCP";
    readonly program: string | null;
    readonly vendorClass: string | null;
    readonly userClass: string | null;
    readonly architecture: string | null;
  }
  /** A request arrived. `answered`: what it got, or why it got nothing. */
  | {
    readonly event: "bootp-request";
    readonly mac: string;
    readonly type: string;
    readonly answered: boolean;
    readonly reason?: string;
  }
  /** An answer went out. */
  | {
    readonly event: "bootp-reply";
    readonly mac: string;
    readonly type: string;
    /** Address given; null when none is. */
    readonly address: string | null;
    /** Name of the boot file. */
    readonly file: string;
    /** "broadcast", or the client's address. */
    readonly to: string;
  }
  /** A datagram that is no request. */
  | { readonly event: "bootp-ignored"; readonly peer: string; readonly reason: string }
  /** Nobody is answered any more. */
  | { readonly event: "bootp-stopped"; readonly reason: string };
