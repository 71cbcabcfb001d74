/**
 * The options of `unbrick setup` and `unbrick doctor` as a goal.
 *
 * @module
 */
import { UnbrickError } from "../../lib/errors.ts";
import { parseIpv4, parseSubnet } from "../../lib/net/ipv4.ts";
import type { Ipv4Subnet } from "../../lib/net/ipv4.ts";
import { isUnicastMac, parseMac } from "../../lib/net/mac.ts";
import { commonServerSubnets } from "../../lib/setup/common_addresses.ts";
import type { LinkSpeed, SetupGoal, SetupMode } from "../../lib/setup/plan.ts";

/** The options that make a goal, as Cliffy gives them. */
export interface GoalOptions {
  /** Addresses for this computer. */
  readonly address?: readonly string[] | undefined;
  /** Add the common ones. */
  readonly anyDevice?: boolean | undefined;
  /** Address of the device. */
  readonly deviceIp?: string | undefined;
  /** MAC address of the device. */
  readonly deviceMac?: string | undefined;
  /** The device asks. */
  readonly serve?: boolean | undefined;
  /** The device listens. */
  readonly push?: boolean | undefined;
  /** The device asks for an address first. */
  readonly bootp?: boolean | undefined;
  /** Fixed speed in Mbit/s. */
  readonly speed?: number | undefined;
}

/** A command line that cannot be understood. */
export function usage(message: string, hint: string): UnbrickError {
  return new UnbrickError("usage", message, { hint });
}

/** One of some names, or undefined when none was given. Throws UnbrickError `usage`. */
export function oneOf<T extends string>(
  names: readonly T[],
  wanted: string | undefined,
  what: string,
): T | undefined {
  if (wanted === undefined) return undefined;
  const found = names.find((name) => name === wanted);
  if (found !== undefined) return found;
  throw usage(`There is no ${what} "${wanted}"`, `Choose one of ${names.join(", ")}`);
}

function readAddresses(options: GoalOptions, isNeeded: boolean): readonly Ipv4Subnet[] {
  const given = (options.address ?? []).map((text) => {
    const subnet = parseSubnet(text.includes("/") ? text : `${text}/24`);
    if (subnet !== undefined) return subnet;
    throw usage(`"${text}" is no IPv4 address`, "Write it like 192.168.1.66/24");
  });
  const all = options.anyDevice ? [...given, ...commonServerSubnets()] : given;
  if (all.length > 0 || !isNeeded) return all;
  throw usage("No address was given for this computer", "Give --address, or --any-device");
}

function readMode(options: GoalOptions): SetupMode {
  const modes = (["serve", "push", "bootp"] as const).filter((mode) => options[mode] === true);
  if (modes.length > 1) throw usage("More than one mode was given", `Give only --${modes[0]}`);
  return modes[0] ?? "serve";
}

/**
 * Makes the goal from the options. Without `needsAddress` the goal may have none.
 *
 * Throws UnbrickError `usage`.
 */
export function readGoal(
  options: GoalOptions,
  runId: string,
  needsAddress: boolean = true,
): SetupGoal {
  const { deviceIp, deviceMac, speed } = options;
  if (deviceIp !== undefined && parseIpv4(deviceIp) === undefined) {
    throw usage(`"${deviceIp}" is no IPv4 address`, "Write it like 192.168.1.1");
  }
  const mac = deviceMac === undefined ? undefined : parseMac(deviceMac);
  if (deviceMac !== undefined && (mac === undefined || !isUnicastMac(mac))) {
    throw usage(`"${deviceMac}" is no MAC address of a device`, "Write it like 00:0a:bb:cc:dd:20");
  }
  if (mac !== undefined && deviceIp === undefined) {
    throw usage("A MAC address alone is of no use", "Give --device-ip too");
  }
  if (speed !== undefined && speed !== 10 && speed !== 100) {
    throw usage(`A speed of "${speed}" cannot be set`, "Give --speed 100 or --speed 10");
  }
  return {
    mode: readMode(options),
    addresses: readAddresses(options, needsAddress),
    deviceAddress: deviceIp,
    deviceMac: mac,
    speed: speed as LinkSpeed | undefined,
    runId,
  };
}
