// deno-lint-ignore-file no-console -- a program of its own, which reports on standard output
/**
 * A router that listens by TFTP the way ASUS's and Ubiquiti's rescue modes do, as a program of its
 * own: it answers from port 69, hears only the source port of the first WRQ, starts over with each
 * WRQ, and appends any block that is not the one before, without looking at its number.
 *
 * Usage: `append_device.ts ADDRESS FILE`. Prints `listening`, then at the end one line of JSON
 * ({@link AppendDeviceReport}), and stores what it has received.
 *
 * @module
 */

/** What the device has seen. */
export interface AppendDeviceReport {
  /** WRQs before the first DATA. */
  readonly requestsBeforeData: number;
  /** WRQs in all. */
  readonly requests: number;
  /** How often DATA 1 came. */
  readonly firstBlocks: number;
  /** DATA packets in all. */
  readonly dataPackets: number;
  /** Datagrams of other kinds. */
  readonly others: number;
}

const WRQ = 2;
const DATA = 3;

async function serve(address: string, path: string): Promise<void> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: address, port: 69 });
  console.log("listening");
  const report = { requestsBeforeData: 0, requests: 0, firstBlocks: 0, dataPackets: 0, others: 0 };
  let peerPort: number | undefined;
  let lastBlock = 0;
  let received: Uint8Array<ArrayBuffer>[] = [];
  for await (const [bytes, sender] of socket) {
    const from = sender as Deno.NetAddr;
    peerPort ??= from.port;
    if (from.port !== peerPort) continue;
    const block = new DataView(bytes.buffer, bytes.byteOffset).getUint16(2);
    const acknowledge = (number: number): Promise<unknown> =>
      // Without a way to send it is lost, like a frame on the cable.
      socket.send(Uint8Array.of(0, 4, number >> 8, number & 0xff), from).catch(() => {});
    if (bytes[1] === WRQ) {
      report.requests++;
      if (report.dataPackets === 0) report.requestsBeforeData++;
      received = [];
      lastBlock = 0;
      await acknowledge(0);
    } else if (bytes[1] === DATA) {
      report.dataPackets++;
      if (block === 1) report.firstBlocks++;
      if (block !== lastBlock) received.push(bytes.slice(4));
      lastBlock = block;
      await acknowledge(block);
      if (bytes.length < 516) break;
    } else {
      report.others++;
    }
  }
  await Deno.writeFile(path, new Uint8Array(await new Blob(received).arrayBuffer()));
  console.log(JSON.stringify(report));
}

if (import.meta.main) await serve(Deno.args[0]!, Deno.args[1]!);
