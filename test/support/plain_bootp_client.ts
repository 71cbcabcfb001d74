/**
 * A boot loader that knows BOOTP as of 1985 and nothing newer, as RouterBOOT: asks without option 53,
 * ignores every answer that has one, takes the address and fetches the file it was told. Runs in a
 * namespace as its own program.
 *
 * Usage: plain_bootp_client.ts INTERFACE MAC
 *
 * Prints "address server file bytes" when it has the file.
 *
 * @module
 */
import { createDenoHost } from "../../lib/host/deno_host.ts";
import { decodeMessage, encodeMessage, messageType } from "../../lib/bootp/message.ts";
import { OptionCode, optionNumber, textOption } from "../../lib/bootp/options.ts";
import { formatIpv4, prefixLengthOf } from "../../lib/net/ipv4.ts";
import { getBytes } from "./our_side.ts";

const [interfaceName = "", mac = ""] = Deno.args;
const host = createDenoHost();
const XID = 0x52424f54;
const chaddr = new Uint8Array(16);
chaddr.set(mac.split(":").map((digits) => parseInt(digits, 16)));

async function ip(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await host.run(["ip", ...args]);
  if (code !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr}`);
}

interface Answer {
  readonly address: string;
  readonly prefixLength: number;
  readonly server: string;
  readonly file: string;
}

/** Asks twice a second until a plain answer comes. */
function ask(): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = host.bind({ hostname: "0.0.0.0", port: 68 }, {
      datagram(bytes) {
        const message = decodeMessage(bytes);
        if (message.op !== "BOOTREPLY" || message.xid !== XID) return;
        if (messageType(message) !== "BOOTP") return;
        cancel();
        socket.close();
        const mask = optionNumber(message.options ?? [], OptionCode.SUBNET_MASK) ?? 0;
        resolve({
          address: formatIpv4(message.yiaddr),
          prefixLength: prefixLengthOf(formatIpv4(mask)) ?? 0,
          server: formatIpv4(message.siaddr),
          file: message.file,
        });
      },
      sendFailed: () => {},
      receiveFailed: () => {},
    });
    let cancel = (): void => {};
    const send = (): void => {
      socket.send(
        encodeMessage({
          op: "BOOTREQUEST",
          htype: 1,
          hlen: 6,
          hops: 0,
          xid: XID,
          secs: 0,
          flags: 0,
          ciaddr: 0,
          yiaddr: 0,
          siaddr: 0,
          giaddr: 0,
          chaddr,
          sname: "",
          file: "",
          options: [textOption(OptionCode.VENDOR_CLASS, "Mips_boot")],
        }),
        { hostname: "255.255.255.255", port: 67 },
      );
      cancel = host.startTimer(500, send);
    };
    send();
  });
}

await ip("route", "add", "255.255.255.255", "dev", interfaceName);
const answer = await ask();
await ip("addr", "add", `${answer.address}/${answer.prefixLength}`, "dev", interfaceName);
const { bytes } = await getBytes({ address: answer.server, port: 69, remote: answer.file });
const told = `${answer.address} ${answer.server} ${answer.file} ${bytes.length}\n`;
Deno.stdout.writeSync(new TextEncoder().encode(told));
Deno.exit(0);
