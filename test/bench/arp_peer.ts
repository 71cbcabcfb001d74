/**
 * The two ends of the cable for `arp.ts`. `send`: a datagram to the device every 100 ms, as `push`
 * does, until it is killed. `receive SECONDS`: the device comes up after that time and prints when
 * the first datagram arrived and how many came in the first 5 ms with it.
 */
import process from "node:process";

const PERIOD_MS = 100;
const PATIENCE_MS = 5000;
const BURST_MS = 5;

async function send(): Promise<void> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: 0 });
  while (true) {
    const to: Deno.NetAddr = { transport: "udp", hostname: "192.168.1.1", port: 69 };
    await socket.send(new Uint8Array(20), to).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, PERIOD_MS));
  }
}

async function receive(seconds: number): Promise<void> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: 69 });
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const args = ["link", "set", "device0", "up"];
  await new Deno.Command("ip", { args }).output();
  const upAt = performance.now();
  const arrivals: number[] = [];
  const patience = setTimeout(() => socket.close(), PATIENCE_MS);
  try {
    while (true) {
      await socket.receive();
      const at = performance.now() - upAt;
      if (arrivals.length === 0) {
        clearTimeout(patience);
        setTimeout(() => socket.close(), BURST_MS);
      }
      arrivals.push(at);
    }
  } catch {
    // The socket was closed: the measurement is over.
  }
  const burst = arrivals.filter((at) => at - arrivals[0]! <= BURST_MS).length;
  process.stdout.write(`${JSON.stringify({ firstMs: arrivals[0], burst })}\n`);
}

const [role, seconds] = Deno.args;
await (role === "send" ? send() : receive(Number(seconds)));
