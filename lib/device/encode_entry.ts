/**
 * Devices and families in their JSON spelling, the inverse of `revive_entry.ts`. What is empty or
 * the default is left out, as a person would write it.
 *
 * @module
 */
import { assertNever } from "../errors.ts";
import { formatIpv4, formatSubnet } from "../net/ipv4.ts";
import type { ComputerJson, EntryJson, FileJson, RecoveryJson } from "./entry_json.ts";
import type {
  ComputerAddress,
  Device,
  Family,
  Recovery,
  RemoteName,
  RequestedFile,
} from "./types.ts";

/** The JSON spelling of an entry. */
export function encodeEntry(entry: Device | Family): EntryJson {
  const { kind: _kind, recovery, ...rest } = entry;
  const { origin: _origin, ...fields } = "origin" in rest ? rest : { ...rest, origin: undefined };
  return compact({ ...fields, recovery: encodeRecovery(recovery) });
}

function encodeRecovery(recovery: Recovery): RecoveryJson {
  const json: { -readonly [K in keyof RecoveryJson]: RecoveryJson[K] } = { way: recovery.way };
  if (recovery.computer !== undefined) json.computer = encodeComputer(recovery.computer);
  if (recovery.device !== undefined) json.device = formatIpv4(recovery.device);
  if ("files" in recovery) json.files = recovery.files.map(encodeFile);
  if ("remoteName" in recovery) json.remoteName = recovery.remoteName.text;
  switch (recovery.way) {
    case "pulls":
      if (recovery.asks !== undefined) json.asks = recovery.asks;
      break;
    case "listens":
      json.keepsConfiguredAddress = recovery.keepsConfiguredAddress;
      json.remoteAlternatives = textsOf(recovery.remoteAlternatives);
      json.anyRemoteName = recovery.anyRemoteName;
      if (recovery.firstGet !== undefined) json.firstGet = recovery.firstGet.text;
      json.staticArp = recovery.staticArp;
      json.pullsAfterwards = recovery.pullsAfterwards.map(encodeFile);
      break;
    case "serial-then-pulls":
      json.typed = recovery.typed;
      break;
    case "redboot":
      json.telnetPort = recovery.telnetPort;
      if (recovery.script !== undefined) json.script = recovery.script;
      break;
    case "bootp-then-pulls":
      if (recovery.protocol !== undefined) json.protocol = recovery.protocol;
      break;
    case "other":
      json.by = recovery.by;
      json.tool = recovery.tool;
      break;
    case "serial-then-listens":
      break;
    default:
      assertNever(recovery);
  }
  return compact(json);
}

function encodeComputer(computer: ComputerAddress): ComputerJson {
  if (computer.kind === "exactly") return { exactly: computer.addresses.map(formatSubnet) };
  const anyIn = formatSubnet(computer.subnet);
  if (computer.example === undefined) return { anyIn };
  return { anyIn, example: formatIpv4(computer.example) };
}

function encodeFile(file: RequestedFile): FileJson {
  return compact({ ...file, names: textsOf(file.names) });
}

function textsOf(names: readonly RemoteName[]): readonly string[] {
  return names.map((name) => name.text);
}

/** The same object without what is empty or false. */
function compact<T extends object>(fields: T): T {
  const kept = Object.entries(fields).filter(([, value]) =>
    value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0)
  );
  return Object.fromEntries(kept) as T;
}
