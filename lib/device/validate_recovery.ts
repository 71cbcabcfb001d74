/**
 * The `recovery` part of an entry: which fields go with which way, and what they may hold.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import { networkOf, parseIpv4, parseSubnet } from "../net/ipv4.ts";
import type { Ipv4Subnet } from "../net/ipv4.ts";
import {
  type Decode,
  decodeText,
  type EntryReader,
  integerBetween,
  listOf,
  oneOf,
  quote,
  readObject,
  type Report,
} from "./entry_reader.ts";
import type { ComputerJson } from "./entry_json.ts";
import { parseRemoteName } from "./remote_name.ts";
import { validateScript } from "./validate_script.ts";
import type { Recovery } from "./types.ts";

const WAYS = [
  "pulls",
  "listens",
  "bootp-then-pulls",
  "serial-then-pulls",
  "serial-then-listens",
  "redboot",
  "other",
] as const satisfies readonly Recovery["way"][];

const PROTOCOLS = ["nmrp", "eva-ftp", "http", "cfe-http", "netconsole"] as const;

/** Reports what is wrong with a `recovery` object. */
export function validateRecovery(value: unknown, field: string, report: Report): true | undefined {
  const reader = readObject(value, field, report);
  const way = reader?.required("way", oneOf(WAYS));
  if (reader === undefined || way === undefined) return undefined;
  reader.optional("device", ipv4);
  validateWay(reader, way);
  reader.end();
  return true;
}

function validateWay(reader: EntryReader, way: Recovery["way"]): void {
  switch (way) {
    case "pulls":
      reader.optional("computer", exactComputer);
      reader.list("files", requestedFile);
      reader.optional("asks", options);
      return;
    case "listens":
      reader.optional("computer", computer);
      reader.flag("keepsConfiguredAddress");
      reader.optional("remoteName", remoteName);
      reader.list("remoteAlternatives", remoteName);
      reader.flag("anyRemoteName");
      reader.optional("firstGet", remoteName);
      reader.flag("staticArp");
      reader.list("pullsAfterwards", requestedFile);
      return;
    case "bootp-then-pulls":
      reader.optional("computer", computer);
      reader.optional("protocol", oneOf(["bootp", "dhcp"]));
      reader.list("files", requestedFile);
      return;
    case "serial-then-pulls":
      reader.optional("computer", exactComputer);
      reader.list("files", requestedFile);
      reader.flag("typed");
      return;
    case "serial-then-listens":
      reader.optional("computer", computer);
      reader.optional("remoteName", remoteName);
      return;
    case "redboot":
      reader.optional("computer", exactComputer);
      reader.optional("telnetPort", integerBetween(1, 65535));
      reader.list("files", requestedFile);
      reader.optional("script", validateScript);
      return;
    case "other":
      reader.required("by", oneOf(PROTOCOLS));
      reader.required("tool", decodeText);
      reader.optional("computer", computer);
      return;
    default:
      assertNever(way);
  }
}

const ipv4: Decode<number> = (value, field, report) => {
  const address = typeof value === "string" ? parseIpv4(value) : undefined;
  if (address === undefined) report(field, `${quote(value)} is not an IPv4 address`);
  return address;
};

const subnet: Decode<Ipv4Subnet> = (value, field, report) => {
  const found = typeof value === "string" && value.includes("/") ? parseSubnet(value) : undefined;
  if (found === undefined) {
    report(field, `${quote(value)} is not an IPv4 address with prefix, such as "192.168.0.66/24"`);
  }
  return found;
};

const computer: Decode<ComputerJson> = (value, field, report) => {
  const reader = readObject(value, field, report);
  if (reader === undefined) return undefined;
  const exactly = reader.optional("exactly", listOf(subnet));
  const anyIn = reader.optional("anyIn", subnet);
  const example = reader.optional("example", ipv4);
  reader.end();
  const json = value as ComputerJson;
  if ((json.exactly === undefined) === (json.anyIn === undefined)) {
    reader.fault("", 'needs either "exactly" or "anyIn"');
  }
  if (exactly?.length === 0) reader.fault("exactly", "is empty");
  if (exactly !== undefined && example !== undefined) {
    reader.fault("example", 'goes with "anyIn" only');
  }
  if (anyIn !== undefined && networkOf(anyIn) !== anyIn.address) {
    reader.fault("anyIn", "has host bits set: give the subnet, such as 192.168.1.0/24");
  }
  return json;
};

const exactComputer: Decode<ComputerJson> = (value, field, report) => {
  const json = computer(value, field, report);
  if (json?.anyIn !== undefined) {
    report(field, 'a bootloader that pulls asks certain addresses: use "exactly"');
  }
  return json;
};

const remoteName: Decode<true> = (value, field, report) => {
  if (typeof value === "string" && parseRemoteName(value) !== undefined) return true;
  report(
    field,
    `${quote(value)} is not a file name of 1 to 127 bytes (ASCII, other bytes as \\xNN)`,
  );
  return undefined;
};

const requestedFile: Decode<true> = (value, field, report) => {
  const reader = readObject(value, field, report);
  if (reader === undefined) return undefined;
  const names = reader.required("names", listOf(remoteName));
  if (names?.length === 0) reader.fault("names", "needs at least one legal name");
  reader.optional("what", decodeText);
  reader.flag("partOfImage");
  reader.end();
  return true;
};

const options: Decode<true> = (value, field, report) => {
  const reader = readObject(value, field, report);
  for (const name of ["blksize", "timeout", "tsize", "windowsize"]) {
    reader?.optional(name, decodeText);
  }
  reader?.end();
  return true;
};
