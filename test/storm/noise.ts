/**
 * Datagrams that mean nothing.
 *
 * @module
 */
import { type Random, randomBytes, seededRandom } from "../../lib/simulator/random.ts";
import { openBareSocket } from "../support/loopback.ts";

/** Longest payload of a UDP datagram over IPv4. */
const LONGEST = 65_507;

const NOISE = randomBytes(seededRandom(1), 2 * LONGEST);

/** Share of long ones, so that a million has every length there is. */
const LONG = 0.07;

/** Datagrams without end: mostly short ones, every length in turn, and the longest now and then. */
export function* noise(random: Random): Generator<Uint8Array<ArrayBuffer>, never> {
  for (let long = Math.floor(random() * LONGEST);;) {
    const share = random();
    const length = share < LONG
      ? long++ % (LONGEST + 1)
      : share < LONG + 0.001
      ? LONGEST
      : Math.floor(random() ** 2 * 1500);
    const begin = Math.floor(random() * LONGEST);
    const bytes = NOISE.slice(begin, begin + length);
    // Opcodes of TFTP, mostly: anything else is thrown away at once.
    if (length > 1 && random() < 0.9) bytes.set([0, Math.floor(random() * 8)]);
    yield bytes;
  }
}

/** Sends so many datagrams to a server, from a port and an address that nobody else has. */
export async function sendNoise(
  server: { readonly address: string; readonly port: number },
  from: Iterator<Uint8Array<ArrayBuffer>, never>,
  count: number,
): Promise<void> {
  const to: Deno.NetAddr = { transport: "udp", hostname: server.address, port: server.port };
  using socket = openBareSocket();
  for (let sent = 0; sent < count; sent++) await socket.send(from.next().value, to);
}
