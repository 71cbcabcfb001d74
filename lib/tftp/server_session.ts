/**
 * The session with which a server answers a request: what is negotiated, how patient it is, where
 * the bytes come from or go to.
 *
 * @module
 */
import type { FileSink } from "../host/host.ts";
import type { ReadGrant, WriteGrant } from "./file_policy.ts";
import { type HashingSink, hashingSink, netasciiSink, netasciiSource } from "./files.ts";
import { negotiate, type Negotiation, PLAIN_OPTIONS, type TransferOptions } from "./options.ts";
import { DATA_HEADER_LENGTH, encodeAck, encodePacket, type RequestPacket } from "./packet.ts";
import { ReceiveSession } from "./receive_session.ts";
import type { RetransmissionPolicy } from "./retransmission.ts";
import { SendSession } from "./send_session.ts";
import type { Session } from "./session.ts";
import type { TftpServerOptions } from "./server_options.ts";

/**
 * A server is quick to repeat: U-Boot and others wait five seconds before they do. Numbers from
 * trying real clients, not from an RFC.
 */
const SERVER_RETRANSMISSION: RetransmissionPolicy = {
  initialMs: 400,
  floorMs: 40,
  ceilingMs: 4000,
};

/** Silence after the last block before "sent, last ACK missing", in milliseconds. */
const LAST_ACK_MS = 10_000;

/** First packets to a peer that never answers, spanning about 14 seconds with the waits above. */
const OPENING_ATTEMPTS = 6;

/** The same to a peer that wants to send: a receiver leaves it quiet sooner, this spans 11 seconds. */
const RECEIVE_OPENING_ATTEMPTS = 4;

/**
 * Time to answer repetitions of the last block, in milliseconds: longer than the five seconds after
 * which tftp-hpa and others repeat. Nobody waits for it.
 */
const DALLY_MS = 6000;

/** Bytes enough for an ACK or ERROR, which is all that a sender receives. */
const SMALL_PACKET = 1024;

/** A request that is granted. */
export interface Granted {
  /** The request. */
  readonly packet: RequestPacket;
  /** Its mode, in lower case. */
  readonly mode: "octet" | "netascii";
  /** The file. */
  readonly grant: ReadGrant | WriteGrant;
}

/** A session and what goes with it. */
export interface ServerSession {
  /** Sends or receives. */
  readonly session: Session;
  /** What was negotiated. */
  readonly agreed: TransferOptions;
  /** Bytes in all, as far as known. */
  readonly size: number | undefined;
  /** Where received bytes go; undefined when sending. */
  readonly sink: FileSink | undefined;
  /** Knows the hash of what was received; undefined when sending. */
  readonly hashing: HashingSink | undefined;
  /** Longest datagram that the peer has reason to send. */
  readonly largestDatagram: number;
}

/** Makes the session for a granted request. Throws UnbrickError when the file cannot be had. */
export function serverSession(
  { packet, mode, grant }: Granted,
  options: Pick<TftpServerOptions, "offerOptions" | "giveUpMs" | "rollover">,
): ServerSession {
  const source = grant.kind !== "read"
    ? undefined
    : mode === "netascii"
    ? netasciiSource(grant.source)
    : grant.source;
  const negotiation: Negotiation = options.offerOptions
    // The size in netascii is not the one of the file: RFC 2349 leaves it open, so no answer.
    ? negotiate(packet.options, packet.op, mode === "octet" ? source?.size : undefined)
    : { options: PLAIN_OPTIONS, accepted: [] };
  const agreed = negotiation.options;
  const oack = negotiation.accepted.length === 0
    ? undefined
    : encodePacket({ op: "OACK", options: negotiation.accepted });
  const retransmission = retransmissionFor(agreed.timeoutSeconds);
  const { giveUpMs, rollover } = options;
  if (source !== undefined) {
    const session = new SendSession({
      source,
      options: agreed,
      oack,
      rollover,
      peerHeard: false,
      retransmission,
      patience: {
        giveUpMs,
        lastAckMs: Math.min(LAST_ACK_MS, giveUpMs),
        openingAttempts: OPENING_ATTEMPTS,
        verdictMs: 0,
      },
    });
    return {
      session,
      agreed,
      size: source.size,
      sink: undefined,
      hashing: undefined,
      largestDatagram: SMALL_PACKET,
    };
  }
  const session = new ReceiveSession({
    options: agreed,
    opening: oack ?? encodeAck(0),
    announced: announcedBytes(mode, agreed),
    retransmission,
    patience: {
      giveUpMs,
      openingAttempts: RECEIVE_OPENING_ATTEMPTS,
      dallyMs: DALLY_MS,
      cleanDallyMs: DALLY_MS,
    },
  });
  const hashing = grant.kind === "write" ? hashingSink(grant.create()) : undefined;
  return {
    session,
    agreed,
    size: agreed.transferSize,
    sink: hashing !== undefined && mode === "netascii" ? netasciiSink(hashing) : hashing,
    hashing,
    // One byte more than allowed, so that a block that is too long is seen to be.
    largestDatagram: DATA_HEADER_LENGTH + agreed.blksize + 1,
  };
}

/**
 * What an upload must come to. curl leaves out a block, and ends content, when it gets an OACK twice;
 * only the size shows it. A tsize of 0 is that of a peer that does not know, and in netascii it is the
 * size of another file than ours.
 */
function announcedBytes(
  mode: Granted["mode"],
  { transferSize = 0 }: TransferOptions,
): number | undefined {
  return mode === "octet" && transferSize > 0 ? transferSize : undefined;
}

/** A peer that negotiated a timeout is never left longer than that without a repetition. */
function retransmissionFor(timeoutSeconds: number | undefined): RetransmissionPolicy {
  if (timeoutSeconds === undefined) return SERVER_RETRANSMISSION;
  const ceilingMs = Math.min(SERVER_RETRANSMISSION.ceilingMs, timeoutSeconds * 1000);
  return { ...SERVER_RETRANSMISSION, ceilingMs };
}
