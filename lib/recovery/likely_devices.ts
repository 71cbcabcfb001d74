/**
 * Which devices ask for a file that is not served.
 *
 * @module
 */
import { loadCatalogue } from "../device/catalogue.ts";
import { guessFromRequest } from "../device/guess.ts";
import type { TransferEvent } from "../tftp/events.ts";
import { byteStringFromText } from "../tftp/name.ts";

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
