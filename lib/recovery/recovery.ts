/**
 * What every recovery has in common, whichever way it goes: what it works with, what it tells, and
 * what only a person can decide.
 *
 * @module
 */
import type { BootpClient } from "../bootp/client_class.ts";
import type { BootpEvent } from "../bootp/events.ts";
import type { ConsoleEvent } from "../console/events.ts";
import type { NetworkInterface } from "../net/interface.ts";
import type { PathWatch } from "../net/peer_path.ts";
import type { TransferEvent } from "../tftp/events.ts";
import type { Image } from "../tftp/file_policy.ts";
import type { EndEvent } from "./client_run.ts";
import type { RecoveryPlan } from "./plan.ts";

/** Something that happened in a recovery. */
export type RecoveryEvent = TransferEvent | BootpEvent | ConsoleEvent;

/** What only the person can decide. Nothing waits for the answer but what it is about. */
export type RecoveryQuestion =
  | {
    /** A client asks for an address: is it the router? */
    readonly kind: "client";
    /** Who. */
    readonly client: BootpClient;
    /** Whether it speaks the protocol that this router is known not to finish. */
    readonly isDoubtful: boolean;
    /** Lets it be answered, or never. */
    readonly answer: (yes: boolean) => void;
  }
  | {
    /** A line that writes flash: may it be typed? */
    readonly kind: "flash-line";
    /** The line. */
    readonly line: string;
    /** Sends it, or ends the recovery. */
    readonly answer: (yes: boolean) => void;
  };

/** What a recovery works with. */
export interface RecoverGoal {
  /** What is known of the device. */
  readonly plan: RecoveryPlan;
  /** What is sent; with a script the first of its files. */
  readonly image: Image;
  /** The further files of a script, in its order. */
  readonly further?: readonly Image[];
  /** Name of the interface with the cable; needed where addresses are given. */
  readonly interfaceName?: string | undefined;
  /** The interfaces of this computer, where others than its real ones are meant. */
  readonly listInterfaces?: () => Promise<readonly NetworkInterface[]>;
  /** UDP port to listen on; 69 for a real device, 0 for any free one. */
  readonly listenPort: number;
  /** UDP port of a device that listens. */
  readonly devicePort: number;
  /** Watches the way to a device that listens. */
  readonly watchPath?: (hostname: string) => Promise<PathWatch | undefined>;
  /** Called for everything worth telling. */
  readonly onEvent: (event: RecoveryEvent) => void;
  /** Called for every question; one that is never answered counts as no. */
  readonly onQuestion?: (question: RecoveryQuestion) => void;
}

/** A recovery under way. */
export interface Recovery {
  /** Gives the image under a name that was asked for, as the events show it. */
  giveUnder(shownName: string): void;
  /** Ends it. */
  stop(): void;
  /** Settles with the transfer that went well, or the failure after which nothing goes on. */
  readonly finished: Promise<EndEvent>;
}
