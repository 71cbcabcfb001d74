/**
 * Entries from their JSON spelling, without looking for faults: `validate_entry.ts` does that for
 * people's own files, the tests do it for the catalogue. This runs over the whole catalogue at
 * start-up, so it copies as little as it can.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import { parseSubnet } from "../net/ipv4.ts";
import type { Ipv4Subnet } from "../net/ipv4.ts";
import type { ComputerJson, EntryJson, FileJson, RecoveryJson } from "./entry_json.ts";
import { parseRemoteName } from "./remote_name.ts";
import type {
  AnyAddress,
  ComputerAddress,
  Device,
  Entry,
  ExactAddresses,
  Family,
  Origin,
  Recovery,
  RemoteName,
  RequestedFile,
} from "./types.ts";

/** TCP port of RedBoot's console unless its configuration says otherwise (eCos default). */
export const REDBOOT_PORT = 9000;

const NONE: readonly never[] = [];

/** What a missing field means. */
const MISSING = {
  aliases: NONE,
  replacedBootloader: false,
  danger: NONE,
  after: NONE,
  powerCycleByHand: false,
  notes: NONE,
  doubts: NONE,
  verified: false,
} as const satisfies Partial<Entry>;

/** A device from JSON that is known to be valid. */
export function reviveDevice(json: EntryJson, origin: Origin): Device {
  const recovery = reviveRecovery(json.recovery);
  return { kind: "device", boards: NONE, ...MISSING, ...json, recovery, origin };
}

/** A family from JSON that is known to be valid. */
export function reviveFamily(json: EntryJson): Family {
  return { kind: "family", ...MISSING, ...json, recovery: reviveRecovery(json.recovery) };
}

function reviveRecovery(json: RecoveryJson): Recovery {
  const device = json.device === undefined ? undefined : { device: address(json.device) };
  const anyComputer = json.computer && { computer: reviveComputer(json.computer) };
  const exact = json.computer && { computer: reviveExact(json.computer) };
  const remoteName = json.remoteName === undefined
    ? undefined
    : { remoteName: name(json.remoteName) };
  switch (json.way) {
    case "pulls": {
      const asks = json.asks && { asks: json.asks };
      return { way: json.way, ...exact, ...device, files: reviveFiles(json.files), ...asks };
    }
    case "listens":
      return {
        way: json.way,
        ...anyComputer,
        ...device,
        keepsConfiguredAddress: json.keepsConfiguredAddress ?? false,
        ...remoteName,
        remoteAlternatives: json.remoteAlternatives?.map(name) ?? NONE,
        anyRemoteName: json.anyRemoteName ?? false,
        ...(json.firstGet !== undefined && { firstGet: name(json.firstGet) }),
        staticArp: json.staticArp ?? false,
        pullsAfterwards: reviveFiles(json.pullsAfterwards),
      };
    case "bootp-then-pulls": {
      const protocol = json.protocol && { protocol: json.protocol };
      return {
        way: json.way,
        ...anyComputer,
        ...device,
        ...protocol,
        files: reviveFiles(json.files),
      };
    }
    case "serial-then-pulls": {
      const typed = json.typed ?? false;
      return { way: json.way, ...exact, ...device, files: reviveFiles(json.files), typed };
    }
    case "serial-then-listens":
      return { way: json.way, ...anyComputer, ...device, ...remoteName };
    case "redboot":
      return {
        way: json.way,
        ...exact,
        ...device,
        telnetPort: json.telnetPort ?? REDBOOT_PORT,
        files: reviveFiles(json.files),
        ...(json.script && { script: json.script }),
      };
    case "other": {
      const { by, tool } = json;
      if (by === undefined || tool === undefined) throw new TypeError('"other" without its tool');
      return { way: json.way, by, tool, ...anyComputer, ...device };
    }
    default:
      return assertNever(json.way);
  }
}

function reviveFiles(files: readonly FileJson[] | undefined): readonly RequestedFile[] {
  return files?.map((file) => ({
    ...file,
    names: file.names.map(name),
    partOfImage: file.partOfImage ?? false,
  })) ?? NONE;
}

function reviveComputer(json: ComputerJson): ComputerAddress {
  return json.anyIn === undefined ? reviveExact(json) : reviveAny(json.anyIn, json.example);
}

function reviveExact(json: ComputerJson): ExactAddresses {
  return { kind: "exactly", addresses: json.exactly?.map(subnet) ?? NONE };
}

function reviveAny(anyIn: string, example: string | undefined): AnyAddress {
  const found = { kind: "any-in", subnet: subnet(anyIn) } as const;
  return example === undefined ? found : { ...found, example: address(example) };
}

/** The same few dozen addresses stand in hundreds of entries. */
const SUBNETS = new Map<string, Ipv4Subnet>();

function address(text: string): number {
  return subnet(text).address;
}

function subnet(text: string): Ipv4Subnet {
  let found = SUBNETS.get(text);
  if (found === undefined) {
    found = mustBe(parseSubnet(text), text);
    SUBNETS.set(text, found);
  }
  return found;
}

function name(text: string): RemoteName {
  return mustBe(parseRemoteName(text), text);
}

function mustBe<T>(value: T | undefined, text: string): T {
  if (value === undefined) throw new TypeError(`"${text}" was not validated`);
  return value;
}
