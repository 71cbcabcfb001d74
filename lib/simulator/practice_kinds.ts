/**
 * The routers to practise on: what they are called, how they are woken up, and which bootloader they
 * have.
 *
 * @module
 */
import type { Millis } from "../host/host.ts";
import type { Opening, RecoveryPlan } from "../recovery/plan.ts";
import type { RedbootScript } from "../device/types.ts";
import { byteStringFromText } from "../tftp/name.ts";
import { createAsus } from "./asus.ts";
import type { Bootloader, Judge } from "./bootloader.ts";
import { createCfe } from "./cfe.ts";
import { createNetbootingBootloader, ROUTERBOOT } from "./netbooting.ts";
import { createPullingBootloader, type PullingGoal, type PullingProfile } from "./pulling.ts";
import { REDBOOT, ROUTERBOOT_TFTP, TP_LINK, UBOOT_NETRETRY } from "./pulling_profiles.ts";
import { createRedbootConsole } from "./redboot_console.ts";
import { createUbiquiti } from "./ubiquiti.ts";

/** What a bootloader is made with. */
export interface PracticeBootloaderOptions {
  /** UDP port of the server on this computer. */
  readonly serverPort: number;
  /** Name it asks for, if it asks. */
  readonly filename: string;
  /** Looks at the image. */
  readonly judge: Judge;
  /** Time it listens, where it has one. */
  readonly windowMs: Millis;
  /** Time to write the flash, where its bootloader does it. */
  readonly flashMs: Millis;
}

/** A kind of router. */
export interface PracticeKind {
  /** Stable name. */
  readonly id: string;
  /** What it is like, in one line. */
  readonly label: string;
  /** Who asks whom. */
  readonly direction: "pulls" | "listens";
  /** What comes first where it pulls. */
  readonly opening: Opening;
  /** Whether what it gets runs from memory only. */
  readonly isRamOnly: boolean;
  /** Whether the reset button must be held when it is switched on. */
  readonly needsReset: boolean;
  /** Name that it asks for. */
  readonly filename: string;
  /** What to do with it. */
  readonly trigger: readonly string[];
  /** What to know about it. */
  readonly traps: readonly string[];
  /** What its lights do while its bootloader waits or asks. */
  readonly waitingLights: string;
  /** Makes its bootloader. */
  readonly boot: (options: PracticeBootloaderOptions) => Bootloader;
}

const LOOPBACK = "127.0.0.1";

function pulling(
  profile: PullingProfile,
): (options: PracticeBootloaderOptions) => Bootloader {
  return ({ serverPort, filename }) =>
    createPullingBootloader(profile, {
      server: { hostname: LOOPBACK, port: serverPort },
      filename,
    });
}

const NOTHING_FIRST = { opening: { kind: "none" }, isRamOnly: false } as const;

const HOLD_RESET = [
  "The router is off",
  "Hold its reset button: press r",
  "Switch it on: press p",
  "When it does something, let the button go: press r again",
];

const JUST_POWER = ["The router is off", "Switch it on: press p"];

/** The same server, behind the port that this computer was given for it. */
function behind(goal: PullingGoal, port: number): PullingGoal {
  return { ...goal, server: { ...goal.server, port } };
}

/** What is typed into the practice console: the commands of a real La Fonera, for one file. */
const PRACTICE_SCRIPT: RedbootScript = {
  files: [{ name: "image", what: "the image" }],
  lines: [
    "ip_address -l {device}/8 -h {server}",
    "load -r -b %{FREEMEMLO} -m tftp {image}",
    "fis init",
    "y",
    "fis create -e 0x80041000 -r 0x80041000 linux",
    "reset",
  ],
};

/** Every kind of router, in the order in which they are offered. */
export const PRACTICE_KINDS: readonly PracticeKind[] = [
  {
    id: "tp-link",
    label: "Asks when reset is held (like TP-Link)",
    direction: "pulls",
    ...NOTHING_FIRST,
    needsReset: true,
    filename: "practice_tp_recovery.bin",
    trigger: HOLD_RESET,
    traps: ["It asks once a second, each time from another port"],
    waitingLights: "the WPS light blinks slowly: it asks for its image",
    boot: pulling(TP_LINK),
  },
  {
    id: "u-boot",
    label: "Asks by itself, with options (like U-Boot)",
    direction: "pulls",
    ...NOTHING_FIRST,
    needsReset: false,
    filename: "C0A80101.img",
    trigger: JUST_POWER,
    traps: ["After an error it pauses ten seconds before it asks again"],
    waitingLights: "the power light blinks: it asks for its image",
    boot: pulling(UBOOT_NETRETRY),
  },
  {
    id: "redboot",
    label: "Asks exactly once (like RedBoot)",
    direction: "pulls",
    ...NOTHING_FIRST,
    needsReset: false,
    filename: "openwrt-practice.bin",
    trigger: JUST_POWER,
    traps: ["It asks only once: this computer must be ready before it is switched on"],
    waitingLights: "the power light is on: it asks for its image, once",
    boot: pulling(REDBOOT),
  },
  {
    id: "cfe",
    label: "Listens for three seconds (like CFE)",
    direction: "listens",
    ...NOTHING_FIRST,
    needsReset: false,
    filename: "",
    trigger: JUST_POWER,
    traps: ["The window is short: this computer must be asking before it opens"],
    waitingLights: "the power light is on: it listens, for three seconds",
    boot: ({ judge, windowMs }) => createCfe({ windowMs, judge }),
  },
  {
    id: "asus",
    label: "Listens in rescue mode (like ASUS)",
    direction: "listens",
    ...NOTHING_FIRST,
    needsReset: true,
    filename: "",
    trigger: HOLD_RESET,
    traps: ["It judges the image only after it has all of it"],
    waitingLights: "the power light blinks slowly: rescue mode, it listens",
    boot: ({ judge }) => createAsus({ judge, flashMs: 200 }),
  },
  {
    id: "ubiquiti",
    label: "Listens and judges (like Ubiquiti)",
    direction: "listens",
    ...NOTHING_FIRST,
    needsReset: true,
    filename: "",
    trigger: HOLD_RESET,
    traps: ["Its verdict comes in place of the last acknowledgement"],
    waitingLights: "the lights change in turn: it listens",
    boot: ({ judge }) => createUbiquiti({ judge }),
  },
  {
    id: "mikrotik",
    label: "Asks for an address first (like MikroTik)",
    direction: "pulls",
    opening: { kind: "address", protocol: "bootp" },
    isRamOnly: true,
    needsReset: true,
    filename: "",
    trigger: HOLD_RESET,
    traps: ["It gets an address only after you have said that it is yours"],
    waitingLights: "the user light blinks: it asks for an address",
    boot: ({ serverPort }) =>
      createNetbootingBootloader(
        ROUTERBOOT,
        (goal) => createPullingBootloader(ROUTERBOOT_TFTP, behind(goal, serverPort)),
      ),
  },
  {
    id: "fonera",
    label: "Has a console for two seconds (like La Fonera)",
    direction: "pulls",
    opening: { kind: "console", port: 9000, script: PRACTICE_SCRIPT },
    isRamOnly: false,
    needsReset: false,
    filename: "",
    trigger: JUST_POWER,
    traps: ["Its flash is written by commands: you say yes to each of them"],
    waitingLights: "the power light is on: its console waits",
    boot: ({ serverPort, windowMs, flashMs }) =>
      createRedbootConsole(
        { windowMs, flashMs },
        (goal) => createPullingBootloader(REDBOOT, behind(goal, serverPort)),
      ),
  },
];

/** Whether its flash is done with, if it is written at all, when it has got the image. */
export function startsAtOnce({ isRamOnly, opening }: PracticeKind): boolean {
  return isRamOnly || opening.kind === "console";
}

/** A plan as the flow wants it, with the addresses of loopback. */
export function practicePlan(kind: PracticeKind, flashMs: Millis): RecoveryPlan {
  return {
    title: `Practice router, ${kind.id}`,
    entry: undefined,
    direction: kind.direction,
    opening: kind.opening,
    computer: [{ address: 0x7f000001, prefixLength: 8 }],
    device: kind.direction === "listens" || kind.opening.kind === "console" ? [LOOPBACK] : [],
    deviceMac: undefined,
    names: kind.filename === "" ? [] : [byteStringFromText(kind.filename)],
    port: "any LAN port",
    trigger: kind.trigger,
    traps: kind.traps,
    after: [],
    startsAtOnce: startsAtOnce(kind),
    powerCycleByHand: false,
    isRamOnly: kind.isRamOnly,
    givesVerdict: false,
    flashSeconds: Math.ceil(3 * flashMs / 1000),
  };
}
