/**
 * Windows: from the JSON that PowerShell's network cmdlets give to the interface model. Pure
 * functions over the output. Enumerations arrive as numbers from Windows PowerShell 5 and may arrive
 * as words from PowerShell 7: both are understood.
 *
 * @module
 */
import type {
  AddressOrigin,
  InterfaceAddress,
  InterfaceKind,
  Ipv4Route,
  LinkState,
  NetworkInterface,
} from "./interface.ts";
import { asNumber, asRecord, asRecords, asText, parseJson } from "./loose_json.ts";
import type { LooseRecord } from "./loose_json.ts";
import { parseMac } from "./mac.ts";

/**
 * The PowerShell script whose output {@link parseWindowsListing} reads. One process for everything:
 * starting PowerShell is what takes the time. UTF-8 is set because adapter names are localised.
 */
export const WINDOWS_LISTING_SCRIPT: string = [
  "$ErrorActionPreference='SilentlyContinue'",
  "$ProgressPreference='SilentlyContinue'",
  "[Console]::OutputEncoding=[Text.Encoding]::UTF8",
  "$a=@(Get-NetAdapter|Select-Object ifIndex,Name,InterfaceDescription,InterfaceGuid,MacAddress," +
  "Status,MediaConnectionState,PhysicalMediaType,NdisPhysicalMedium,HardwareInterface,Virtual," +
  "ReceiveLinkSpeed,FullDuplex,PnPDeviceID)",
  "$i=@(Get-NetIPAddress -AddressFamily IPv4|Select-Object InterfaceIndex,InterfaceAlias," +
  "IPAddress,PrefixLength,PrefixOrigin,AddressState)",
  "$f=@(Get-NetIPInterface -AddressFamily IPv4|Select-Object ifIndex,Dhcp,ConnectionState)",
  "$r=@(Get-NetRoute -AddressFamily IPv4|Select-Object ifIndex,DestinationPrefix,NextHop," +
  "RouteMetric)",
  "ConvertTo-Json -Compress -Depth 3 @{adapters=$a;addresses=$i;interfaces=$f;routes=$r}",
].join(";");

/** Whether an enumeration member was given as its number or its word. */
function isEnum(value: unknown, number: number, word: string): boolean {
  return value === number || (typeof value === "string" && value.toLowerCase() === word);
}

function originOf(prefixOrigin: unknown): AddressOrigin {
  if (isEnum(prefixOrigin, 3, "dhcp")) return "dhcp";
  if (isEnum(prefixOrigin, 1, "manual")) return "static";
  return isEnum(prefixOrigin, 2, "wellknown") ? "link-local" : "unknown";
}

function kindOf(adapter: LooseRecord): InterfaceKind {
  const medium = asText(adapter["PhysicalMediaType"]) ?? "";
  // NdisPhysicalMedium: 1 wireless LAN, 9 native 802.11, 10 Bluetooth, 14 802.3.
  if (/802\.11|wireless/i.test(medium) || adapter["NdisPhysicalMedium"] === 9) return "wifi";
  if (adapter["HardwareInterface"] !== true || adapter["Virtual"] === true) return "virtual";
  if (/bluetooth|wwan/i.test(medium) || adapter["NdisPhysicalMedium"] === 10) return "virtual";
  return /^USB\\/i.test(asText(adapter["PnPDeviceID"]) ?? "") ? "usb-wired" : "wired";
}

function linkOf(adapter: LooseRecord): LinkState {
  if (isEnum(adapter["Status"], 3, "disabled")) return "disabled";
  if (isEnum(adapter["MediaConnectionState"], 1, "connected")) return "up";
  return isEnum(adapter["MediaConnectionState"], 2, "disconnected") ? "no-carrier" : "unknown";
}

function speedOf(adapter: LooseRecord): number | undefined {
  const bitsPerSecond = asNumber(adapter["ReceiveLinkSpeed"]);
  // An adapter without link reports 2^64-1.
  if (bitsPerSecond === undefined || bitsPerSecond <= 0 || bitsPerSecond > 1e12) return undefined;
  return Math.round(bitsPerSecond / 1e6);
}

/** Parses the routes of {@link WINDOWS_LISTING_SCRIPT}; the interface name is its index as text. */
export function parseWindowsRoutes(text: string): readonly Ipv4Route[] {
  return asRecords(asRecord(parseJson(text))?.["routes"]).flatMap((route) => {
    const prefix = asText(route["DestinationPrefix"]);
    const index = asNumber(route["ifIndex"]);
    if (prefix === undefined || index === undefined) return [];
    const nextHop = asText(route["NextHop"]);
    return [{
      destination: prefix === "0.0.0.0/0" ? "default" : prefix.replace(/\/32$/, ""),
      interfaceName: String(index),
      gateway: nextHop === "0.0.0.0" ? undefined : nextHop,
      metric: asNumber(route["RouteMetric"]) ?? 0,
    }];
  });
}

/**
 * Builds the interface model from what {@link WINDOWS_LISTING_SCRIPT} printed.
 *
 * @returns undefined when the text is not that JSON (Windows 7 has no such cmdlets).
 */
export function parseWindowsListing(text: string): readonly NetworkInterface[] | undefined {
  const root = asRecord(parseJson(text));
  if (root === undefined) return undefined;
  const addresses = asRecords(root["addresses"]);
  const ipInterfaces = asRecords(root["interfaces"]);
  const routes = parseWindowsRoutes(text);

  const addressesAt = (index: number): readonly InterfaceAddress[] =>
    addresses.flatMap((entry) => {
      const address = asText(entry["IPAddress"]);
      const prefixLength = asNumber(entry["PrefixLength"]);
      if (entry["InterfaceIndex"] !== index || address === undefined) return [];
      if (prefixLength === undefined) return [];
      const origin = address.startsWith("169.254.")
        ? "link-local"
        : originOf(entry["PrefixOrigin"]);
      const isUsable = isEnum(entry["AddressState"], 4, "preferred");
      return [{ address, prefixLength, origin, isUsable }];
    });

  const adapters = asRecords(root["adapters"]).flatMap((adapter): NetworkInterface[] => {
    const name = asText(adapter["Name"]);
    const index = asNumber(adapter["ifIndex"]);
    if (name === undefined || index === undefined) return [];
    const link = linkOf(adapter);
    const ip = ipInterfaces.find((entry) => entry["ifIndex"] === index);
    const duplex = adapter["FullDuplex"];
    return [{
      name,
      index,
      guid: asText(adapter["InterfaceGuid"]),
      service: undefined,
      description: asText(adapter["InterfaceDescription"]),
      kind: kindOf(adapter),
      mac: parseMac(asText(adapter["MacAddress"]) ?? ""),
      addresses: addressesAt(index),
      link,
      speedMbps: link === "up" ? speedOf(adapter) : undefined,
      duplex: link === "up" && typeof duplex === "boolean" ? (duplex ? "full" : "half") : undefined,
      manager: "windows",
      usesDhcp: ip === undefined ? undefined : isEnum(ip["Dhcp"], 1, "enabled"),
      hasDefaultRoute: routes.some((route) =>
        route.destination === "default" && route.interfaceName === String(index)
      ),
    }];
  });

  // Get-NetAdapter leaves the loopback interface out; its address is still listed.
  const loopback = addresses.find((entry) => entry["IPAddress"] === "127.0.0.1");
  const loopbackIndex = asNumber(loopback?.["InterfaceIndex"]);
  if (loopbackIndex === undefined) return adapters;
  return [...adapters, {
    name: asText(loopback?.["InterfaceAlias"]) ?? "Loopback",
    index: loopbackIndex,
    guid: undefined,
    service: undefined,
    description: undefined,
    kind: "loopback",
    mac: undefined,
    addresses: addressesAt(loopbackIndex),
    link: "up",
    speedMbps: undefined,
    duplex: undefined,
    manager: "windows",
    usesDhcp: false,
    hasDefaultRoute: false,
  }];
}
