/**
 * Devices and families: what their JSON may hold. The types say what each field means.
 *
 * @module
 */
import { checkEntry } from "./check_entry.ts";
import type { EntryJson } from "./entry_json.ts";
import {
  type Decode,
  decodeBoolean,
  decodeText,
  integerBetween,
  listOf,
  oneOf,
  quote,
  readObject,
  type Report,
} from "./entry_reader.ts";
import { reviveDevice, reviveFamily } from "./revive_entry.ts";
import type { Device, DeviceField, Family, Origin } from "./types.ts";
import { validateRecovery } from "./validate_recovery.ts";

/** Every {@link DeviceField}. */
export const DEVICE_FIELDS = [
  "recovery",
  "computer",
  "device",
  "files",
  "image",
  "trigger",
  "port",
  "mac",
  "bootloader",
  "notes",
] as const satisfies readonly DeviceField[];

const IMAGE_KINDS = [
  "factory",
  "sysupgrade",
  "initramfs",
  "stock",
  "tftp-recovery",
  "trx",
  "bootloader",
] as const;

/** Any count of bytes up to the largest that a 32-bit loader can address. */
const byteCount = integerBetween(0, 0xffffffff);

/** Makes the decoder for devices of one origin: everything is checked, also against each other. */
export function decodeDevice(origin: Origin): Decode<Device> {
  return (value, field, report) => {
    const json = validateEntry(value, field, report, true);
    if (json === undefined) return undefined;
    const device = reviveDevice(json, origin);
    checkEntry(device, (key, message) => report(`${field}${field ? "." : ""}${key}`, message));
    return device;
  };
}

/** Decodes a family, checking everything. */
export function decodeFamily(value: unknown, field: string, report: Report): Family | undefined {
  const json = validateEntry(value, field, report, false);
  if (json === undefined) return undefined;
  const family = reviveFamily(json);
  checkEntry(family, (key, message) => report(`${field}.${key}`, message));
  return family;
}

/** The entry, if no fault was found in it. */
function validateEntry(
  value: unknown,
  field: string,
  report: (field: string, message: string) => void,
  isDevice: boolean,
): EntryJson | undefined {
  let faults = 0;
  const reader = readObject(value, field, (path, message) => {
    faults += 1;
    report(path, message);
  });
  if (reader === undefined) return undefined;
  reader.required("id", entryId);
  reader.required("vendor", decodeText);
  reader.required("model", decodeText);
  reader.list("aliases", decodeText);
  reader.optional("bootloader", decodeText);
  reader.flag("replacedBootloader");
  reader.optional("avoid", decodeText);
  reader.list("danger", decodeText);
  reader.required("recovery", validateRecovery);
  reader.optional("mac", mac);
  reader.optional("image", image);
  reader.optional("trigger", trigger);
  reader.optional("port", decodeText);
  reader.optional("link", link);
  reader.optional("ping", ping);
  reader.list("after", decodeText);
  reader.flag("powerCycleByHand");
  reader.list("notes", decodeText);
  reader.list("doubts", doubt);
  reader.required("sources", listOf(source));
  reader.required("confidence", oneOf(["documented", "reported"]));
  reader.flag("verified");
  if (isDevice) {
    reader.optional("family", decodeText);
    reader.list("boards", decodeText);
  }
  reader.end();
  return faults === 0 ? value as EntryJson : undefined;
}

const entryId: Decode<true> = (value, field, report) => {
  if (typeof value === "string" && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(value)) return true;
  report(field, `${quote(value)} is not made of lower-case letters, digits and single hyphens`);
  return undefined;
};

const mac: Decode<true> = (value, field, report) => {
  if (typeof value === "string" && /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(value)) return true;
  report(field, `${quote(value)} is not a MAC address such as "02:aa:bb:cc:dd:20"`);
  return undefined;
};

const source: Decode<true> = (value, field, report) => {
  const reader = readObject(value, field, report);
  if (reader === undefined) return undefined;
  const found = [reader.optional("url", url), reader.optional("note", decodeText)];
  reader.end();
  if (found.every((part) => part === undefined)) reader.fault("", 'needs "url" or "note"');
  return true;
};

const url: Decode<true> = (value, field, report) => {
  if (typeof value === "string" && /^https?:\/\/\S+$/.test(value)) return true;
  report(field, `${quote(value)} is not a link that starts with http:// or https://`);
  return undefined;
};

const doubt: Decode<true> = (value, field, report) => {
  const reader = readObject(value, field, report);
  reader?.required("field", oneOf(DEVICE_FIELDS));
  reader?.required("why", decodeText);
  reader?.end();
  return true;
};

const trigger: Decode<true> = (value, field, report) => {
  const reader = readObject(value, field, report);
  reader?.required("kind", oneOf(["button", "every-boot", "firmware-broken", "console", "other"]));
  reader?.required("how", decodeText);
  reader?.optional("windowSeconds", integerBetween(1, 3600));
  reader?.end();
  return true;
};

const link: Decode<true> = (value, field, report) => {
  const reader = readObject(value, field, report);
  reader?.flag("switchBetween");
  reader?.optional("speed", oneOf(["10-half", "10-full", "100-full", "1000"]));
  // 68 is the smallest MTU of IPv4 (RFC 791 §3.2).
  reader?.optional("mtu", integerBetween(68, 9000));
  reader?.end();
  return true;
};

const ping: Decode<true> = (value, field, report) => {
  const reader = readObject(value, field, report);
  reader?.required("answers", decodeBoolean);
  reader?.optional("ttl", integerBetween(1, 255));
  reader?.end();
  return true;
};

const image: Decode<true> = (value, field, report) => {
  const reader = readObject(value, field, report);
  reader?.required("kinds", listOf(oneOf(IMAGE_KINDS)));
  reader?.optional("as", decodeText);
  reader?.flag("ramOnly");
  reader?.optional("signed", oneOf(["required", "expected"]));
  reader?.optional("maxBytes", byteCount);
  reader?.optional("larger", oneOf(["cut-off", "does-not-work"]));
  reader?.optional("skipsFirst", byteCount);
  reader?.optional("startsWith", decodeText);
  reader?.optional("layout", listOf(imagePart));
  reader?.optional("cut", cut);
  reader?.end();
  return true;
};

const imagePart: Decode<true> = (value, field, report) => {
  const reader = readObject(value, field, report);
  if (reader === undefined) return undefined;
  const zeros = reader.optional("zeros", byteCount);
  const of = reader.optional("of", oneOf(IMAGE_KINDS));
  const range = [reader.optional("from", byteCount), reader.optional("bytes", byteCount)];
  reader.end();
  const hasRange = range.some((bound) => bound !== undefined);
  const isZeros = zeros !== undefined && of === undefined && !hasRange;
  const isTaken = of !== undefined && zeros === undefined;
  if (!isZeros && !isTaken) {
    reader.fault("", 'needs either "zeros" alone or "of" (with "from" and "bytes")');
  }
  return true;
};

const cut: Decode<true> = (value, field, report) => {
  const reader = readObject(value, field, report);
  reader?.required("whenNameHas", decodeText);
  reader?.required("bytes", byteCount);
  reader?.end();
  return true;
};

/** Decodes one row of the review of the data. */
export function validateReview(value: unknown, field: string, report: Report): true | undefined {
  const reader = readObject(value, field, report);
  reader?.required("field", oneOf(DEVICE_FIELDS));
  for (const key of ["sampled", "wrong", "unsupported", "imprecise"]) {
    reader?.required(key, integerBetween(0, 100_000));
  }
  reader?.end();
  return true;
}
