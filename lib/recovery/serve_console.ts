/**
 * The TFTP server that stands ready before a device is told to pull: on its console, or by hand.
 *
 * @module
 */
import type { TransferEvent } from "../tftp/events.ts";
import { type Image, imagePolicy } from "../tftp/file_policy.ts";
import type { TftpServer } from "../tftp/server.ts";
import { GIVE_UP_MS, MAX_TRANSFERS, serve, type ServeHost } from "./serve.ts";

/** What to serve to a device that is told to pull. */
export interface ConsoleServeGoal {
  /** Files, each under its own name. */
  readonly images: readonly Image[];
  /** Further names, for the only image. */
  readonly aliases?: readonly string[];
  /** Dotted address of this computer that the device is told to ask. */
  readonly address: string;
  /** UDP port. */
  readonly port: number;
  /** Called for everything worth telling. */
  readonly onEvent: (event: TransferEvent) => void;
}

/** Starts serving. Rejects with UnbrickError when the port cannot be opened. */
export async function serveForConsole(
  host: ServeHost,
  { images, aliases = [], address, port, onEvent }: ConsoleServeGoal,
): Promise<TftpServer> {
  return await serve(host, {
    files: imagePolicy(images, { aliases, anyName: false }),
    listen: { addresses: [address], interfaceName: undefined },
    port,
    allowed: undefined,
    singlePort: false,
    offerOptions: true,
    maxTransfers: MAX_TRANSFERS,
    once: false,
    giveUpMs: GIVE_UP_MS,
    rollover: 0,
    onEvent(event) {
      // Nobody asks before something was typed: silence means nothing here.
      if (event.event !== "waiting" || event.reason !== "for-answer") onEvent(event);
    },
  });
}
