/**
 * A Linux computer with one network card and a router on its cable, all in virtual time: `ip` gives
 * and takes the address, and the real server and client run on the simulated cable.
 *
 * @module
 */
import type { CommandOutput, Host } from "../../../lib/host/host.ts";
import { type LogEntry, NO_LOG, type SessionLog } from "../../../lib/recovery/session_log.ts";
import type { Bootloader } from "../../../lib/simulator/bootloader.ts";
import { SimulatedNetwork } from "../../../lib/simulator/network.ts";
import { type PoweredBootloader, powerOn } from "../../../lib/simulator/power_on.ts";
import type { FlowContext } from "../../../tui/flow/flow.ts";
import type { Ui } from "../../../tui/ui.ts";
import { loadCatalogue } from "../../../lib/device/catalogue.ts";
import { commandHost, said } from "../../support/command_host.ts";
import { settleInVirtualTime } from "../../support/virtual_time.ts";

/** A computer and its router. */
export interface FakeComputer {
  /** Everything the flow touches. */
  readonly host: Host;
  /** Programs that were run. */
  readonly ran: readonly string[][];
  /** Whether it has its address. */
  hasAddress(): boolean;
  /** Addresses that it has besides. */
  furtherAddresses(): readonly string[];
  /** Gives it its address, as a person would in another window. */
  giveAddress(): void;
  /** Lets commands that change something fail. */
  breakCommands(): void;
  /** Lets the router answer pings also while it writes. */
  answerAlways(): void;
  /** Pulls the cable, or plugs it in. */
  setCarrier(up: boolean): void;
  /** Plugs another computer into the cable. */
  plug(address: string): Pick<Host, "bind">;
  /** Switches the router on with this bootloader. */
  switchOn(bootloader: Bootloader): void;
  /** Everything logged. */
  readonly logged: readonly LogEntry[];
  /** A context for the flow. */
  context(ui: Ui): FlowContext;
  /** Lets time pass until the promise settles. */
  until<Result>(promise: Promise<Result>): Promise<Result>;
}

/** Pings that a router does not answer while it writes. */
const PINGS_IN_SILENCE = 40;

const ADDRESS = "192.168.0.66";
const ROUTER = "192.168.0.86";
const IMAGE = "/images/openwrt-factory.bin";

/** An image of which nothing can be told, so that it must be confirmed by typing. */
const IMAGE_TEXT = "practice makes perfect. ".repeat(4000);

/** Makes a computer. `address` is the one that it is to get, `router` that of the router. */
export function fakeComputer(address = ADDRESS, router = ROUTER): FakeComputer {
  const network = new SimulatedNetwork();
  const own = network.plug(address);
  const other = network.plug(router);
  own.setAddressPresent(false);
  let hasAddress = false;
  /** Further addresses, for a router that nobody can name. */
  const further = new Set<string>();
  let isBroken = false;
  let answersAlways = false;
  let pings = 0;
  let carrier = true;
  let bootloader: Bootloader | undefined;
  let powered: PoweredBootloader | undefined;
  const logged: LogEntry[] = [];
  const log: SessionLog = { ...NO_LOG, add: (entry) => void logged.push(entry) };

  function setAddress(present: boolean): CommandOutput {
    if (isBroken) return { code: 2, stdout: "", stderr: "RTNETLINK answers: not permitted" };
    hasAddress = present;
    own.setAddressPresent(present);
    return said("");
  }
  function present(): string[] {
    return [...(hasAddress ? [address] : []), ...further];
  }
  function answer(argv: readonly string[]): CommandOutput | undefined {
    const line = argv.join(" ");
    if (line === "id -u") return said("0\n");
    if (line === "ip -j -d addr") return said(listing());
    if (line === "ip -j -4 route") return said("[]");
    if (line.startsWith(`ip addr add ${address}/`)) return setAddress(true);
    if (line.startsWith(`ip addr del ${address}/`)) return setAddress(false);
    const [, change, other] = /^ip addr (add|del) ([\d.]+)\//.exec(line) ?? [];
    if (other !== undefined) {
      if (change === "add") further.add(other);
      else further.delete(other);
      return said("");
    }
    // What steps look at.
    if (line.includes("addr show")) {
      return said(
        present().map((own) => `2: eth0    inet ${own}/24 scope global eth0`).join("\n"),
      );
    }
    if (argv[0] === "ping") {
      // It writes for some pings, then the firmware that was flashed answers.
      const isFlashed = bootloader?.phase === "accepted" && argv.at(-1) === router;
      const isBack = isFlashed && ++pings > PINGS_IN_SILENCE;
      return isBack || (isFlashed && answersAlways)
        ? said("64 bytes: icmp_seq=1 ttl=64 time=0.3 ms\n")
        : said("");
    }
    return undefined;
  }
  function listing(): string {
    return JSON.stringify([{
      ifindex: 2,
      ifname: "eth0",
      flags: carrier ? ["BROADCAST", "UP", "LOWER_UP"] : ["BROADCAST", "UP", "NO-CARRIER"],
      operstate: carrier ? "UP" : "DOWN",
      link_type: "ether",
      address: "02:00:00:00:00:01",
      addr_info: present().map((own) => (
        { family: "inet", local: own, prefixlen: 24, scope: "global" }
      )),
    }]);
  }

  const commands = commandHost("linux", answer);
  const { state } = commands;
  state.files.set(IMAGE, IMAGE_TEXT);
  state.files.set("/images/notes.txt", IMAGE_TEXT);
  state.files.set("/images/root.squashfs", `${IMAGE_TEXT}${IMAGE_TEXT}`);
  state.files.set("/sys/class/net/eth0/carrier", "1");
  state.files.set("/sys/class/net/eth0/flags", "0x1003");
  state.links.set("/sys/class/net/eth0/device", "/sys/devices/pci0000:00/0000:00:19.0");
  state.files.set("/sys/devices/pci0000:00/0000:00:19.0/vendor", "0x8086");
  const host: Host = {
    ...commands.host,
    ...own.host,
    connect: (_to, handlers) =>
      powered?.connect(handlers, 1) ?? { send: () => {}, close: () => {} },
    openSerialPort: () => {
      throw new Error("not used");
    },
    follow: (_argv, { ended }) => {
      queueMicrotask(ended);
      return () => {};
    },
    openFile: () => {
      throw new Error("not used");
    },
    createFile: () => {
      throw new Error("not used");
    },
  };
  return {
    host,
    ran: state.ran,
    hasAddress: () => hasAddress,
    furtherAddresses: () => [...further],
    giveAddress: () => void setAddress(true),
    breakCommands: () => void (isBroken = true),
    answerAlways: () => void (answersAlways = true),
    setCarrier(up) {
      carrier = up;
      state.files.set("/sys/class/net/eth0/carrier", up ? "1" : "0");
    },
    plug: (own) => network.plug(own).host,
    switchOn(next) {
      powered?.powerOff();
      bootloader = next;
      // Its address is what it is given, or what it knows by itself.
      powered = powerOn(other.host, next, { address: "0.0.0.0" });
    },
    logged,
    context: (ui) => ({
      ui,
      host,
      log,
      signal: new AbortController().signal,
      catalogue: loadCatalogue,
      imageFolders: ["/images"],
      toolPath: "/opt/unbrick",
      listenPort: 69,
      changes: { current: undefined },
    }),
    until: (promise) => settleInVirtualTime(network, promise),
  };
}
