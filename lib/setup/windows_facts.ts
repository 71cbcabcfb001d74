/**
 * Looks at a Windows computer before it is prepared: one PowerShell process that prints JSON. The
 * parser is a pure function; nothing was recorded on Windows.
 *
 * @module
 */
import type { NetworkInterface } from "../net/interface.ts";
import { powershellArgv } from "../net/list_interfaces.ts";
import { asNumber, asRecord, asRecords, asStrings, asText, parseJson } from "../net/loose_json.ts";
import { parseMac } from "../net/mac.ts";
import { parseWindowsRoutes } from "../net/windows_listing.ts";
import type { Elevation } from "./elevation.ts";
import type { PortHolder, WindowsFacts } from "./facts.ts";
import type { SetupGoal } from "./plan.ts";
import { literal } from "./windows_commands.ts";

/** The script whose output {@link parseWindowsFacts} reads. */
export function windowsFactsScript(
  index: number,
  guid: string | undefined,
  toolPath: string,
  deviceAddress: string | undefined,
): string {
  const dnsKey = "HKLM:\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters\\Interfaces\\" +
    (guid ?? "");
  return [
    "$ErrorActionPreference='SilentlyContinue'",
    "$ProgressPreference='SilentlyContinue'",
    "[Console]::OutputEncoding=[Text.Encoding]::UTF8",
    "$r=@(Get-NetRoute -AddressFamily IPv4|Select-Object ifIndex,DestinationPrefix,NextHop," +
    "RouteMetric)",
    `$i=Get-NetIPInterface -InterfaceIndex ${index} -AddressFamily IPv4`,
    "$u=@(Get-NetUDPEndpoint -LocalPort 67,68,69|ForEach-Object{@{port=$_.LocalPort;" +
    "pid=$_.OwningProcess;program=(Get-Process -Id $_.OwningProcess).ProcessName}})",
    "$p=@(Get-NetFirewallProfile|ForEach-Object{@{enabled=('' + $_.Enabled);" +
    "local=('' + $_.AllowLocalFirewallRules)}})",
    `$b=@(Get-NetFirewallApplicationFilter -Program ${literal(toolPath)}|Get-NetFirewallRule|` +
    "Where-Object{$_.Action -eq 'Block' -and $_.Enabled -eq 'True'}|ForEach-Object{$_.Name})",
    `$k=(Get-ItemProperty -LiteralPath ${literal(dnsKey)}).NameServer`,
    `$n=Get-NetNeighbor -InterfaceIndex ${index} -AddressFamily IPv4 -State Permanent|` +
    `Where-Object IPAddress -eq ${literal(deviceAddress ?? "")}|Select-Object -First 1`,
    `$s=(Get-NetAdapter -InterfaceIndex ${index}|Get-NetAdapterAdvancedProperty ` +
    "-RegistryKeyword '*SpeedDuplex').RegistryValue",
    "ConvertTo-Json -Compress -Depth 3 @{build=[Environment]::OSVersion.Version.Build;routes=$r;" +
    "retransmit=$i.RetransmitTime;dad=$i.DadTransmits;ports=$u;profiles=$p;blocks=$b;" +
    "dns=('' + $k);neighbour=('' + $n.LinkLayerAddress);speed=('' + $s);" +
    "sense=('' + (Get-NetIPv4Protocol).DhcpMediaSense)}",
  ].join(";");
}

/** Facts that come from {@link windowsFactsScript} and `netsh interface ipv4 show interface N`. */
export function parseWindowsFacts(
  json: string,
  netshInterface: string,
): Omit<
  WindowsFacts,
  "os" | "target" | "interfaces" | "isAdmin" | "toolPath" | "isChecked" | "unchecked"
> {
  const root = asRecord(parseJson(json));
  const profiles = asRecords(root?.["profiles"]);
  const coexistence = /DHCP\/Static IP coexistence\s*:\s*(\w+)/i.exec(netshInterface)?.[1];
  const sense = asText(root?.["sense"])?.toLowerCase();
  return {
    routes: parseWindowsRoutes(json),
    portHolders: asRecords(root?.["ports"]).flatMap((holder): PortHolder[] => {
      const port = asNumber(holder["port"]);
      return port === undefined
        ? []
        : [{ port, program: asText(holder["program"]), pid: asNumber(holder["pid"]) }];
    }),
    build: asNumber(root?.["build"]),
    staticDns: (asText(root?.["dns"]) ?? "").split(/[,\s]+/).filter((entry) => entry !== ""),
    hasDhcpCoexistence: coexistence === undefined
      ? undefined
      : coexistence.toLowerCase() === "enabled",
    hasMediaSense: sense === "enabled" ? true : sense === "disabled" ? false : undefined,
    retransmitMs: asNumber(root?.["retransmit"]),
    dadTransmits: asNumber(root?.["dad"]),
    isFirewallOn: profiles.length === 0
      ? undefined
      : profiles.some((profile) => profile["enabled"] === "True"),
    ignoresLocalRules: profiles.some((profile) =>
      profile["enabled"] === "True" && profile["local"] === "False"
    ),
    blockRules: asStrings(root?.["blocks"]),
    staticNeighbourMac: parseMac(asText(root?.["neighbour"]) ?? ""),
    speedDuplex: asText(root?.["speed"]),
  };
}

/** Looks at everything the Windows plan depends on. Changes nothing. */
export async function gatherWindowsFacts(
  elevation: Elevation,
  target: NetworkInterface,
  interfaces: readonly NetworkInterface[],
  goal: SetupGoal,
  common: { readonly isAdmin: boolean; readonly toolPath: string },
): Promise<WindowsFacts> {
  const index = target.index ?? 0;
  const script = windowsFactsScript(index, target.guid, common.toolPath, goal.deviceAddress);
  const [json, netsh] = await Promise.all([
    elevation.run(powershellArgv(script), false),
    elevation.run(["netsh", "interface", "ipv4", "show", "interface", String(index)], false),
  ]);
  return {
    ...common,
    ...parseWindowsFacts(json.stdout, netsh.stdout),
    os: "windows",
    target,
    interfaces,
    isChecked: true,
    unchecked: parseJson(json.stdout) === undefined
      ? ["PowerShell told nothing about this computer: firewall and media sense are not checked"]
      : [],
  };
}
