import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { type BootpClient, identifyClient, isOfClass } from "../../../lib/bootp/client_class.ts";
import { type LeaseTable, NO_LEASES } from "../../../lib/bootp/leases.ts";
import {
  type BootpMessage,
  BROADCAST_FLAG,
  decodeMessage,
  type DhcpType,
  dhcpTypeNumber,
  encodeMessage,
  messageType,
} from "../../../lib/bootp/message.ts";
import {
  byteOption,
  type DhcpOption,
  numberOption,
  OptionCode,
  optionNumber,
  optionText,
  optionValue,
  textOption,
} from "../../../lib/bootp/options.ts";
import {
  broadcastAddress,
  LEASE_SECONDS,
  respond,
  type ResponderConfig,
  type Response,
} from "../../../lib/bootp/responder.ts";
import { formatIpv4, parseIpv4 } from "../../../lib/net/ipv4.ts";
import { readAnnotatedBytes } from "../../support/annotated_bytes.ts";

function ip(text: string): number {
  return parseIpv4(text)!;
}

const CONFIG: ResponderConfig = {
  serverAddress: ip("192.168.1.2"),
  prefixLength: 24,
  pool: { first: ip("192.168.1.50"), last: ip("192.168.1.59") },
  router: undefined,
  protocols: "both",
  macs: undefined,
  ownMac: "02:00:00:00:00:01",
  bootFile: () => "vmlinux.elf",
};

function fixture(name: string): BootpMessage {
  const message = decodeMessage(readAnnotatedBytes(`bootp/${name}.txt`));
  if (message.op === "malformed") assert.fail(message.reason);
  return message;
}

const BOOTP = fixture("routerboot_bootp");
const DISCOVER = fixture("uboot_discover");

/** A DHCP message of the client in {@link DISCOVER}. */
function dhcp(type: DhcpType, options: readonly DhcpOption[] = [], ciaddr = 0): BootpMessage {
  const kind = byteOption(OptionCode.MESSAGE_TYPE, dhcpTypeNumber(type));
  return { ...DISCOVER, ciaddr, options: [kind, ...options] };
}

function requestFor(address: number, server: number | undefined): BootpMessage {
  return dhcp("REQUEST", [
    numberOption(OptionCode.REQUESTED_ADDRESS, address),
    ...(server === undefined ? [] : [numberOption(OptionCode.SERVER_IDENTIFIER, server)]),
  ]);
}

function answered(response: Response) {
  if (response.kind === "ignored") assert.fail(`ignored: ${response.reason}`);
  return response;
}

function ignored(response: Response) {
  if (response.kind === "answered") assert.fail(`answered with ${response.type}`);
  return response;
}

/** The table and address after DISCOVER and REQUEST. */
function bound(): { readonly table: LeaseTable; readonly address: number } {
  const offer = answered(respond(DISCOVER, NO_LEASES, CONFIG, 0));
  const request = requestFor(offer.reply.yiaddr, CONFIG.serverAddress);
  return {
    table: answered(respond(request, offer.table, CONFIG, 10)).table,
    address: offer.reply.yiaddr,
  };
}

describe("respond() to plain BOOTP", () => {
  it("fills address, server and file in and sends no option 53", () => {
    const { reply, type, to } = answered(respond(BOOTP, NO_LEASES, CONFIG, 0));
    assert.equal(type, "BOOTREPLY");
    assert.equal(messageType(reply), "BOOTP");
    assert.equal(reply.op, "BOOTREPLY");
    assert.equal(reply.xid, BOOTP.xid);
    assert.deepEqual(reply.chaddr, BOOTP.chaddr);
    assert.ok(reply.yiaddr >= CONFIG.pool.first && reply.yiaddr <= CONFIG.pool.last);
    assert.equal(formatIpv4(reply.siaddr), "192.168.1.2");
    assert.equal(reply.file, "vmlinux.elf");
    assert.deepEqual(reply.options, [numberOption(OptionCode.SUBNET_MASK, ip("255.255.255.0"))]);
    assert.equal(to, "broadcast");
  });

  it("keeps the address for good, as BOOTP knows no end of a lease", () => {
    const { table, reply } = answered(respond(BOOTP, NO_LEASES, CONFIG, 0));
    const again = answered(respond(BOOTP, table, CONFIG, 1e12));
    assert.equal(again.reply.yiaddr, reply.yiaddr);
    assert.equal([...table.leases.values()][0]!.endsAt, Infinity);
  });

  it("answers a message without any options, and stays within the 64 bytes of RFC 951", () => {
    const bare = { ...BOOTP, options: undefined };
    const { reply } = answered(respond(bare, NO_LEASES, { ...CONFIG, router: ip("1.2.3.4") }, 0));
    assert.equal(encodeMessage(reply).length, 300);
    assert.equal(optionNumber(reply.options ?? [], OptionCode.ROUTER), ip("1.2.3.4"));
  });

  it("goes to the address that a client already has", () => {
    const ciaddr = ip("192.168.1.77");
    const own = answered(respond({ ...BOOTP, ciaddr }, NO_LEASES, CONFIG, 0));
    assert.equal(own.to, ciaddr);
    assert.equal(own.reply.yiaddr, ciaddr);
    const flags = BROADCAST_FLAG;
    const loud = answered(respond({ ...BOOTP, ciaddr, flags }, NO_LEASES, CONFIG, 0));
    assert.equal(loud.to, "broadcast");
    assert.equal(loud.reply.flags, BROADCAST_FLAG);
  });

  it("gives an address to a client whose own cannot be on this cable, and sends nothing there", () => {
    for (const address of ["8.8.8.8", "10.0.0.1", "192.168.1.2", "192.168.1.0", "192.168.1.255"]) {
      const message = { ...BOOTP, ciaddr: ip(address) };
      const { reply, to } = answered(respond(message, NO_LEASES, CONFIG, 0));
      assert.equal(to, "broadcast", address);
      assert.equal(reply.ciaddr, 0);
      assert.ok(reply.yiaddr >= CONFIG.pool.first && reply.yiaddr <= CONFIG.pool.last);
    }
  });
});

describe("respond() to DHCP", () => {
  it("makes an OFFER with everything a boot loader needs", () => {
    const { reply, type, to } = answered(respond(DISCOVER, NO_LEASES, CONFIG, 0));
    const options = reply.options ?? [];
    assert.equal(type, "OFFER");
    assert.equal(messageType(reply), "OFFER");
    assert.equal(to, "broadcast");
    assert.equal(reply.file, "vmlinux.elf");
    assert.equal(reply.siaddr, CONFIG.serverAddress);
    assert.equal(optionNumber(options, OptionCode.SERVER_IDENTIFIER), CONFIG.serverAddress);
    assert.equal(optionNumber(options, OptionCode.SUBNET_MASK), ip("255.255.255.0"));
    assert.equal(optionNumber(options, OptionCode.LEASE_TIME), LEASE_SECONDS);
    assert.equal(optionText(options, OptionCode.TFTP_SERVER), "192.168.1.2");
    assert.equal(optionText(options, OptionCode.BOOT_FILE), "vmlinux.elf");
    assert.equal(optionValue(options, OptionCode.ROUTER), undefined);
  });

  it("tells of a router when asked to, and never gives its address away", () => {
    const pool = { first: ip("192.168.1.50"), last: ip("192.168.1.51") };
    const config = { ...CONFIG, pool, router: ip("192.168.1.50") };
    const { reply } = answered(respond(DISCOVER, NO_LEASES, config, 0));
    assert.equal(optionNumber(reply.options ?? [], OptionCode.ROUTER), ip("192.168.1.50"));
    assert.equal(formatIpv4(reply.yiaddr), "192.168.1.51");
  });

  it("repeats a client's identifier (RFC 6842), unless it would not fit", () => {
    const identifier = { code: OptionCode.CLIENT_IDENTIFIER, value: new Uint8Array(100).fill(7) };
    const short = answered(respond(dhcp("DISCOVER", [identifier]), NO_LEASES, CONFIG, 0));
    assert.deepEqual(
      optionValue(short.reply.options ?? [], OptionCode.CLIENT_IDENTIFIER),
      identifier.value,
    );
    const long = { ...identifier, value: new Uint8Array(255) };
    const config = { ...CONFIG, bootFile: () => "f".repeat(127), router: 1 };
    const without = answered(respond(dhcp("DISCOVER", [long]), NO_LEASES, config, 0));
    assert.equal(optionValue(without.reply.options ?? [], 61), undefined);
    const full = answered(respond(dhcp("DISCOVER", [identifier]), NO_LEASES, config, 0));
    // What every client takes: 576 bytes less the headers of IP and UDP (RFC 2131 §2).
    assert.ok(encodeMessage(full.reply).length <= 548);
  });

  it("acknowledges what it offered, and the same once more", () => {
    const { table, address } = bound();
    assert.equal([...table.leases.values()][0]!.endsAt, 10 + LEASE_SECONDS * 1000);
    const request = requestFor(address, CONFIG.serverAddress);
    assert.equal(answered(respond(request, table, CONFIG, 20)).type, "ACK");
    assert.equal(answered(respond(DISCOVER, table, CONFIG, 30)).reply.yiaddr, address);
  });

  it("does not shorten a lease when its client asks anew", () => {
    const { table } = bound();
    const after = answered(respond(DISCOVER, table, CONFIG, 30)).table;
    assert.equal([...after.leases.values()][0]!.endsAt, 10 + LEASE_SECONDS * 1000);
  });

  it("says NAK, to everybody, to another address than it offered", () => {
    const { table, address } = bound();
    const wanted = address === CONFIG.pool.first ? address + 1 : address - 1;
    const request = { ...requestFor(wanted, CONFIG.serverAddress), ciaddr: wanted };
    const { reply, type, to } = answered(respond(request, table, CONFIG, 20));
    assert.equal(type, "NAK");
    assert.equal(to, "broadcast");
    assert.deepEqual([reply.yiaddr, reply.siaddr, reply.ciaddr, reply.file], [0, 0, 0, ""]);
    assert.equal(optionValue(reply.options ?? [], OptionCode.LEASE_TIME), undefined);
  });

  it("is silent towards a client of another server, and names that server", () => {
    const { table, address } = bound();
    const other = ip("192.168.1.1");
    const response = ignored(respond(requestFor(address, other), table, CONFIG, 20));
    assert.equal(response.otherServer, other);
  });

  it("acknowledges, refuses or is silent about an address remembered from before", () => {
    const { table, address } = bound();
    // The address follows from the MAC address, so it is the one it had before a restart, too.
    const known = respond(requestFor(address, undefined), NO_LEASES, CONFIG, 0);
    assert.equal(answered(known).type, "ACK");
    const elsewhere = respond(requestFor(ip("10.0.0.9"), undefined), NO_LEASES, CONFIG, 0);
    assert.equal(answered(elsewhere).type, "NAK");
    const here = requestFor(ip("192.168.1.200"), undefined);
    assert.match(ignored(respond(here, NO_LEASES, CONFIG, 0)).reason, /nothing is known/);
    assert.equal(answered(respond(here, table, CONFIG, 0)).type, "NAK");
  });

  it("renews by unicast to the address in use", () => {
    const { table, address } = bound();
    const { type, to } = answered(respond(dhcp("REQUEST", [], address), table, CONFIG, 50));
    assert.equal(type, "ACK");
    assert.equal(to, address);
  });

  it("tells an INFORM everything but an address", () => {
    const ciaddr = ip("192.168.1.9");
    const { reply, to, table } = answered(
      respond(dhcp("INFORM", [], ciaddr), NO_LEASES, CONFIG, 0),
    );
    assert.equal(to, ciaddr);
    assert.equal(reply.yiaddr, 0);
    assert.equal(optionValue(reply.options ?? [], OptionCode.LEASE_TIME), undefined);
    assert.equal(optionText(reply.options ?? [], OptionCode.BOOT_FILE), "vmlinux.elf");
    assert.equal(table.leases.size, 0);
  });

  it("gives another address after a DECLINE, and remembers the address after a RELEASE", () => {
    const { table, address } = bound();
    const declined = ignored(respond(dhcp("DECLINE"), table, CONFIG, 20)).table;
    assert.notEqual(answered(respond(DISCOVER, declined, CONFIG, 30)).reply.yiaddr, address);
    const released = ignored(respond(dhcp("RELEASE"), table, CONFIG, 20)).table;
    assert.equal(answered(respond(DISCOVER, released, CONFIG, 30)).reply.yiaddr, address);
  });

  it("does not answer an INFORM from an address of another network", () => {
    const { reason } = ignored(
      respond(dhcp("INFORM", [], ip("8.8.8.8")), NO_LEASES, CONFIG, 0),
    );
    assert.match(reason, /8\.8\.8\.8/);
  });

  it("serves one client after the other from a range of one address", () => {
    const pool = { first: ip("192.168.1.50"), last: ip("192.168.1.50") };
    const config = { ...CONFIG, pool };
    const other = { ...DISCOVER, chaddr: DISCOVER.chaddr.map((byte) => byte ^ 1) };
    const request = requestFor(pool.first, CONFIG.serverAddress);
    const table = answered(respond(request, NO_LEASES, config, 0)).table;
    assert.match(ignored(respond(other, table, config, 10)).reason, /--range/);
    const released = ignored(respond(dhcp("RELEASE"), table, config, 20)).table;
    const taken = answered(respond(other, released, config, 20));
    assert.equal(taken.reply.yiaddr, pool.first);
    // Whoever gave it back does not get it while the other one has it.
    ignored(respond(DISCOVER, taken.table, config, 30));
    const bootp = answered(respond(BOOTP, NO_LEASES, config, 0)).table;
    ignored(respond(DISCOVER, bootp, config, 1e12));
  });

  it("gives a client that changes its mind the same address, whatever it asks", () => {
    const { table, address } = bound();
    let current = table;
    const questions = [DISCOVER, requestFor(address, CONFIG.serverAddress), DISCOVER];
    for (const message of [...questions, { ...BOOTP, chaddr: DISCOVER.chaddr }, DISCOVER]) {
      const { reply, table } = answered(respond(message, current, CONFIG, 100));
      assert.equal(reply.yiaddr, address);
      current = table;
    }
    assert.equal(current.leases.size, 1);
  });

  it("ignores messages that only servers send, and types nobody knows", () => {
    for (const type of ["OFFER", "ACK", "NAK"] as const) {
      ignored(respond(dhcp(type), NO_LEASES, CONFIG, 0));
    }
    const odd = { ...DISCOVER, options: [byteOption(OptionCode.MESSAGE_TYPE, 99)] };
    ignored(respond(odd, NO_LEASES, CONFIG, 0));
  });
});

describe("respond()", () => {
  it("ignores answers, relays, other hardware and this computer itself", () => {
    const odd: readonly [Partial<BootpMessage>, RegExp][] = [
      [{ op: "BOOTREPLY" }, /answer of a server/],
      [{ giaddr: 1 }, /relay/],
      [{ htype: 6 }, /Ethernet/],
      [{ hlen: 8 }, /Ethernet/],
      [{ chaddr: Uint8Array.of(2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) }, /this computer/],
    ];
    for (const [change, reason] of odd) {
      for (const message of [BOOTP, DISCOVER]) {
        const response = ignored(respond({ ...message, ...change }, NO_LEASES, CONFIG, 0));
        assert.match(response.reason, reason);
        assert.equal(response.table, NO_LEASES);
      }
    }
  });

  it("answers one protocol only when told so", () => {
    const bootp = { ...CONFIG, protocols: "bootp" as const };
    const dhcpOnly = { ...CONFIG, protocols: "dhcp" as const };
    assert.match(ignored(respond(DISCOVER, NO_LEASES, bootp, 0)).reason, /--bootp-only/);
    answered(respond(BOOTP, NO_LEASES, bootp, 0));
    assert.match(ignored(respond(BOOTP, NO_LEASES, dhcpOnly, 0)).reason, /--dhcp-only/);
    answered(respond(DISCOVER, NO_LEASES, dhcpOnly, 0));
  });

  it("answers the named MAC addresses only", () => {
    const config = { ...CONFIG, macs: ["4c:5e:0c:01:02:03"] };
    answered(respond(BOOTP, NO_LEASES, config, 0));
    assert.match(ignored(respond(DISCOVER, NO_LEASES, config, 0)).reason, /--mac/);
  });

  it("never gives away its own, the network's or the broadcast address", () => {
    const config = {
      ...CONFIG,
      serverAddress: ip("10.0.0.1"),
      prefixLength: 30,
      pool: { first: ip("10.0.0.0"), last: ip("10.0.0.3") },
    };
    const offer = answered(respond(DISCOVER, NO_LEASES, config, 0));
    assert.equal(formatIpv4(offer.reply.yiaddr), "10.0.0.2");
    assert.match(ignored(respond(BOOTP, offer.table, config, 0)).reason, /no address/);
    assert.match(
      ignored(respond(DISCOVER, NO_LEASES, {
        ...config,
        pool: { first: ip("10.0.0.3"), last: ip("10.0.0.3") },
      }, 0)).reason,
      /no address/,
    );
    assert.equal(formatIpv4(broadcastAddress(ip("192.168.1.2"), 24)), "192.168.1.255");
    assert.equal(formatIpv4(broadcastAddress(ip("10.1.2.3"), 0)), "255.255.255.255");
  });

  it("chooses the file by what the client is", () => {
    const bootFile = (client: BootpClient) => isOfClass(client, "routerboot") ? "rb.elf" : "x.bin";
    const config = { ...CONFIG, bootFile };
    assert.equal(answered(respond(BOOTP, NO_LEASES, config, 0)).reply.file, "rb.elf");
    assert.equal(answered(respond(DISCOVER, NO_LEASES, config, 0)).reply.file, "x.bin");
  });

  it("survives whatever a peer sends, and answers requests of Ethernet clients only", () => {
    fc.assert(fc.property(
      fc.constantFrom(...["routerboot_bootp", "uboot_discover", "overloaded_request"]),
      fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 12 }),
      (name, changes) => {
        const bytes = readAnnotatedBytes(`bootp/${name}.txt`);
        for (const [index, value] of changes) bytes[index % bytes.length] = value;
        const message = decodeMessage(bytes);
        if (message.op === "malformed") return;
        const response = respond(message, NO_LEASES, CONFIG, 0);
        if (response.kind === "ignored") return assert.notEqual(response.reason, "");
        assert.equal(message.op, "BOOTREQUEST");
        const again = decodeMessage(encodeMessage(response.reply));
        assert.deepEqual(again, response.reply);
        assert.ok(encodeMessage(response.reply).length <= 548);
      },
    ));
  });
});

describe("identifyClient()", () => {
  it("knows RouterBOOT, U-Boot, PXE and iPXE by what they send", () => {
    assert.equal(identifyClient(BOOTP).program, "RouterBOOT");
    assert.equal(identifyClient(BOOTP).protocol, "BOOTP");
    const uboot = identifyClient(DISCOVER);
    assert.equal(uboot.program, "U-Boot");
    assert.equal(uboot.architecture, "ARM64 U-Boot");
    const pxe = "PXEClient:Arch:00007:UNDI:003016";
    const options = [
      textOption(OptionCode.VENDOR_CLASS, pxe),
      { code: OptionCode.ARCHITECTURE, value: Uint8Array.of(0, 7) },
    ];
    assert.deepEqual(identifyClient({ ...DISCOVER, options }), {
      mac: "52:54:00:12:34:56",
      protocol: "BOOTP",
      vendorClass: pxe,
      userClass: undefined,
      architecture: "x64 UEFI",
      program: "PXE",
    });
    for (const userClass of ["iPXE", "\x04iPXE"]) {
      const named = [...options, textOption(OptionCode.USER_CLASS, userClass)];
      assert.equal(identifyClient({ ...DISCOVER, options: named }).program, "iPXE");
    }
  });

  it("shows nothing that could steer a terminal", () => {
    const options = [textOption(OptionCode.VENDOR_CLASS, "\x1b[2J")];
    assert.equal(identifyClient({ ...DISCOVER, options }).vendorClass, "\\x1b[2J");
  });

  it("and isOfClass() find a class in any of its parts, whatever the case", () => {
    const client = identifyClient(DISCOVER);
    for (const name of ["u-boot", "armv8", "ARM64"]) assert.ok(isOfClass(client, name), name);
    assert.ok(!isOfClass(client, "iPXE"));
  });
});
