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

/** Sends so many datagrams of any length to a server, from one port. */
export async function sendNoise(
  server: { readonly address: string; readonly port: number },
  random: Random,
  count: number,
): Promise<void> {
  const to: Deno.NetAddr = { transport: "udp", hostname: server.address, port: server.port };
  using socket = openBareSocket(server.address);
  for (let sent = 0; sent < count; sent++) {
    const share = random();
    const length = share < 0.05
      ? Math.floor(random() * (LONGEST + 1))
      : share < 0.051
      ? LONGEST
      : Math.floor(random() ** 2 * 1500);
    const begin = Math.floor(random() * LONGEST);
    const bytes = NOISE.slice(begin, begin + length);
    // Opcodes of TFTP, mostly: anything else is thrown away at once.
    if (length > 1 && random() < 0.9) bytes.set([0, Math.floor(random() * 8)]);
    await socket.send(bytes, to);
  }
}
