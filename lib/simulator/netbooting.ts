/**
 * A bootloader that asks for an address by plain BOOTP, as MikroTik's RouterBOOT does, and then pulls
 * the file that the answer names. Answers that speak DHCP are nothing to it.
 *
 * @module
 */
import type { Millis } from "../host/host.ts";
import { formatIpv4 } from "../net/ipv4.ts";
import { decodeMessage, encodeMessage, HTYPE_ETHERNET, messageType } from "../bootp/message.ts";
import { OptionCode, textOption } from "../bootp/options.ts";
import { TFTP_PORT } from "../tftp/packet.ts";
import type { Bootloader, BootloaderOutput } from "./bootloader.ts";
import type { PullingGoal } from "./pulling.ts";

/** How a bootloader asks for its address. */
export interface NetbootProfile {
  /** Hardware address. */
  readonly mac: readonly number[];
  /** Option 60. */
  readonly vendorClass: string;
  /** Time between two requests. */
  readonly askEveryMs: Millis;
  /** Requests until it starts what is in its flash. */
  readonly tries: number;
}

/**
 * RouterBOOT with its button held. That it asks about once a second, and for how long, is a guess of
 * ours: the sources tell of "several seconds" only.
 */
export const ROUTERBOOT: NetbootProfile = {
  mac: [0x4c, 0x5e, 0x0c, 0x12, 0x34, 0x56],
  vendorClass: "Mips_boot",
  askEveryMs: 1000,
  tries: 120,
};

/** UDP ports of BOOTP (RFC 951 §4). */
const CLIENT_PORT = 68;
const SERVER = { hostname: "255.255.255.255", port: 67 } as const;

/** Transaction number: any will do that nobody else on this cable uses. */
const XID = 0x4d694b74;

/** Makes a bootloader that asks for an address; `pull` makes the one that then loads. */
export function createNetbootingBootloader(
  profile: NetbootProfile,
  pull: (goal: PullingGoal) => Bootloader,
): Bootloader {
  let phase: "off" | "asking" | "gave-up" = "off";
  let deadline: Millis | undefined;
  let asked = 0;
  let puller: Bootloader | undefined;

  function ask(now: Millis): BootloaderOutput[] {
    if (asked >= profile.tries) {
      phase = "gave-up";
      deadline = undefined;
      return [{ kind: "say", text: "trying bootp protocol: nobody answers" }];
    }
    asked++;
    deadline = now + profile.askEveryMs;
    const chaddr = new Uint8Array(16);
    chaddr.set(profile.mac);
    const bytes = encodeMessage({
      ...{ op: "BOOTREQUEST", htype: HTYPE_ETHERNET, hlen: 6, hops: 0, xid: XID },
      ...{ secs: asked, flags: 0, ciaddr: 0, yiaddr: 0, siaddr: 0, giaddr: 0 },
      ...{ chaddr, sname: "", file: "" },
      options: [textOption(OptionCode.VENDOR_CLASS, profile.vendorClass)],
    });
    return [{ kind: "send", bytes, fromPort: CLIENT_PORT, to: SERVER }];
  }

  function hear(bytes: Uint8Array, now: Millis): readonly BootloaderOutput[] {
    const message = decodeMessage(bytes);
    if (message.op !== "BOOTREPLY" || message.xid !== XID) return [];
    if (messageType(message) !== "BOOTP" || message.yiaddr === 0 || message.file === "") return [];
    deadline = undefined;
    const server = { hostname: formatIpv4(message.siaddr), port: TFTP_PORT };
    puller = pull({ server, filename: message.file });
    return puller.start(now);
  }

  return {
    get phase() {
      return puller?.phase ?? phase;
    },
    get ports() {
      return puller?.ports ?? (phase === "asking" ? [CLIENT_PORT] : []);
    },
    get nextTimeout() {
      return puller === undefined ? deadline : puller.nextTimeout;
    },
    get image() {
      return puller?.image;
    },
    start(now) {
      phase = "asking";
      return ask(now);
    },
    handleDatagram(arrived, now) {
      if (puller !== undefined) return puller.handleDatagram(arrived, now);
      return arrived.port === CLIENT_PORT && phase === "asking" ? hear(arrived.bytes, now) : [];
    },
    handleTimeout(now) {
      if (puller !== undefined) return puller.handleTimeout(now);
      return deadline === undefined || now < deadline ? [] : ask(now);
    },
  };
}
