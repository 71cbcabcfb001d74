/**
 * Which devices ask for a file that is not served.
 *
 * @module
 */
import { loadCatalogue } from "../device/catalogue.ts";
import { guessFromRequest } from "../device/guess.ts";
import type { Host, Millis } from "../host/host.ts";
import type { TransferEvent } from "../tftp/events.ts";
import { byteStringFromText } from "../tftp/name.ts";

/** Longest name that a device is known to ask for is 127 bytes; comparing longer ones takes long. */
const LONGEST_NAME = 255;

/**
 * Least time between two searches, in milliseconds. One takes a millisecond or two, in which no packet
 * is answered: a flood of requests must not keep the server from its work. A device that is not named
 * at its first request is at the next.
 */
const PAUSE_MS: Millis = 50;

/** More than this is a list to search, not an answer. */
const MOST_SHOWN = 3;

/**
 * What a request that was not served tells about the device. The catalogue is loaded at the first
 * such request.
 *
 * @returns undefined for any other event, and when the catalogue knows nothing that fits.
 */
export async function likelyDevices(event: TransferEvent): Promise<TransferEvent | undefined> {
  if (event.event !== "request" || event.served || event.op !== "RRQ") return undefined;
  if (event.name.length > LONGEST_NAME) return undefined;
  const devices = guessFromRequest(await loadCatalogue(), {
    filename: byteStringFromText(event.name),
    options: event.options,
    address: event.peer.split(":")[0]!,
  }).slice(0, MOST_SHOWN).map(({ entry, reasons }) => ({
    id: entry.id,
    name: `${entry.vendor} ${entry.model}`,
    reason: reasons.join(", "),
  }));
  const { peer, name } = event;
  return devices.length === 0 ? undefined : { event: "likely", peer, name, devices };
}

/** Tells of every event what {@link likelyDevices} makes of it, within the time that may take. */
export function likelyDevicesTeller(
  host: Pick<Host, "now">,
  tell: (event: TransferEvent) => void,
): (event: TransferEvent) => void {
  let searchedAt = -Infinity;
  return (event) => {
    if (event.event !== "request" || event.served) return;
    if (host.now() - searchedAt < PAUSE_MS) return;
    searchedAt = host.now();
    // Names of devices are a help, not worth an end.
    likelyDevices(event).then((likely) => likely && tell(likely)).catch(() => {});
  };
}
