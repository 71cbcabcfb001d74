/**
 * Steps for Linux that come before the address: who holds the ports, who manages the interface.
 *
 * @module
 */
import { formatSubnet } from "../net/ipv4.ts";
import type { LinuxFacts } from "./facts.ts";
import { asAdmin, lookFor } from "./plan.ts";
import type { Look, PlannedSteps, SetupGoal, SetupNotice, SetupStep } from "./plan.ts";

/** Sorts before the files of users and of netplan: networkd takes the first that fits. */
const NETWORKD_FILE = "/run/systemd/network/00-unbrick-recovery.network";

/** Units of TFTP servers that hold port 69 alone and can be stopped without other harm. */
const TFTP_UNITS: Readonly<Record<string, string>> = {
  "in.tftpd": "tftpd-hpa",
  "atftpd": "atftpd",
  "utftpd": "utftpd",
  "systemd": "tftp.socket",
};

/** What holds the ports that are needed: stopped where that does no harm, named otherwise. */
export function planPortHolders(facts: LinuxFacts, ports: readonly number[]): PlannedSteps {
  const steps: SetupStep[] = [];
  const notices: SetupNotice[] = [];
  for (const port of ports) {
    const holder = facts.portHolders.find((candidate) => candidate.port === port);
    if (holder === undefined) continue;
    const unit = holder.program === undefined ? undefined : TFTP_UNITS[holder.program];
    if (port === 69 && unit !== undefined) {
      steps.push({
        id: "port-69-holder",
        purpose: `Stop ${unit}: it holds UDP port 69`,
        commands: [asAdmin("systemctl", "stop", unit)],
        undo: [asAdmin("systemctl", "start", unit)],
        undoPurpose: `Start ${unit} again`,
        look: lookFor("differs", "active", ["systemctl", "is-active", unit]),
        survivesReboot: false,
        evidence: "documented",
        source: "systemctl(1)",
      });
    } else {
      const who = holder.program === undefined
        ? "another program (run this with sudo to see which)"
        : `${holder.program} (process ${holder.pid ?? "?"})`;
      const dns = holder.program === "dnsmasq" ? "; it may also be this computer's DNS" : "";
      notices.push({ level: "blocker", text: `UDP port ${port} is held by ${who}${dns}: stop it` });
    }
  }
  return { steps, notices };
}

/** Sees an address, written with its prefix length, on an interface. */
export function addressLook(interfaceName: string, subnet: string): Look {
  const argv = ["ip", "-4", "-o", "addr", "show", "dev", interfaceName];
  return lookFor("contains", ` inet ${subnet} `, argv);
}

/** Keeps whatever manages the interface from taking the address away. */
export function planManager(facts: LinuxFacts, goal: SetupGoal): PlannedSteps {
  const name = facts.target.name;
  switch (facts.target.manager) {
    case "networkmanager": {
      const uuid = facts.nmConnectionUuid;
      return {
        steps: [{
          id: "networkmanager",
          purpose: "Keep NetworkManager off: it takes the address away when the link drops",
          commands: [asAdmin("nmcli", "device", "set", name, "managed", "no")],
          undo: [
            asAdmin("nmcli", "device", "set", name, "managed", "yes"),
            ...(uuid === undefined ? [] : [{
              ...asAdmin("nmcli", "connection", "up", "uuid", uuid),
              mayFail: "without a cable NetworkManager starts the connection at the next link",
            }]),
          ],
          undoPurpose: "Give the interface back to NetworkManager",
          look: lookFor("begins", "10 ", ["nmcli", "-g", "GENERAL.STATE", "device", "show", name]),
          survivesReboot: false,
          evidence: "run",
          source: "nmcli(1)",
          note: "Undo takes our address away first; otherwise NetworkManager would adopt it",
        }],
        notices: [],
      };
    }
    case "networkd": {
      const [first] = goal.addresses.map(formatSubnet);
      const isThere = first === undefined ||
        facts.target.addresses.some((entry) => `${entry.address}/${entry.prefixLength}` === first);
      return {
        steps: [{
          id: "networkd",
          purpose: "Give the address through systemd-networkd, link or no link",
          commands: [
            asAdmin(
              "sh",
              "-c",
              `mkdir -p /run/systemd/network && printf '%s\\n' "$@" > ${NETWORKD_FILE}`,
              "sh",
              "[Match]",
              `Name=${name}`,
              "[Network]",
              ...goal.addresses.map((address) => `Address=${formatSubnet(address)}`),
              "DHCP=no",
              "LinkLocalAddressing=no",
              "ConfigureWithoutCarrier=yes",
              "IgnoreCarrierLoss=yes",
            ),
            asAdmin("networkctl", "reload"),
          ],
          undo: [
            asAdmin("rm", "-f", NETWORKD_FILE),
            asAdmin("networkctl", "reload"),
            asAdmin("networkctl", "reconfigure", name),
          ],
          undoPurpose: "Remove our file and let systemd-networkd configure as before",
          look: isThere
            ? lookFor("contains", `Name=${name}`, ["cat", NETWORKD_FILE])
            : addressLook(name, first),
          survivesReboot: false,
          evidence: "run",
          source: "systemd.network(5), networkctl(1); systemd 244 or newer",
          ...(facts.networkdFile === undefined
            ? {}
            : { note: `Takes the place of ${facts.networkdFile} until undone` }),
        }],
        notices: [],
      };
    }
    case "dhcpcd":
      if (facts.dhcpcd === "all") {
        return {
          steps: [],
          notices: [{
            level: "advice",
            text: "One dhcpcd serves all interfaces; it is left running, it removes only its own " +
              "address",
          }],
        };
      }
      return {
        steps: [{
          id: "dhcpcd",
          purpose: "Stop dhcpcd on this interface",
          commands: [asAdmin("dhcpcd", "-k", name)],
          undo: [asAdmin("dhcpcd", "-b", name)],
          undoPurpose: "Start dhcpcd on this interface again",
          look: lookFor("contains", "gone", [
            "sh",
            "-c",
            'test -e "/run/dhcpcd/$1.pid" || test -e "/run/dhcpcd-$1.pid" || echo gone',
            "sh",
            name,
          ]),
          survivesReboot: false,
          evidence: "run",
          source: "dhcpcd(8)",
        }],
        notices: [],
      };
    default:
      return { steps: [], notices: [] };
  }
}
