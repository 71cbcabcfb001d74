import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { RecoveryEvent, RecoveryQuestion } from "../../../lib/recovery/recovery.ts";
import type { TransferEvent } from "../../../lib/tftp/events.ts";
import {
  type RecoveryModel,
  reduceRecovery,
  startRecoveryModel,
  viewRecovery,
} from "../../../tui/flow/recovery_view.ts";
import { describeQuestion, questionKeys } from "../../../tui/flow/question_text.ts";
import { assertGolden } from "../../support/golden.ts";

const TRIGGER = [
  "Switch the router off",
  "Hold WPS/Reset during power on until the WPS LED lights",
];

const REQUEST: TransferEvent = {
  event: "request",
  peer: "192.168.0.86:2439",
  op: "RRQ",
  name: "ArcherC7v3_tp_recovery.bin",
  mode: "octet",
  options: { timeout: "5" },
  served: false,
  reason: "no image is served under that name",
};

const STARTED: TransferEvent = {
  event: "started",
  transfer: 1,
  peer: "192.168.0.86:2439",
  direction: "send",
  name: "openwrt-23.05-ath79-generic-tplink_archer-c7-v5-squashfs-factory.bin",
  bytes: 8_000_000,
  blksize: 512,
  windowsize: 1,
};

const PROGRESS: TransferEvent = {
  event: "progress",
  transfer: 1,
  bytes: 3_000_000,
  total: 8_000_000,
  retransmissions: 2,
};

const FAILED: TransferEvent = {
  event: "failed",
  code: "timeout",
  message: "The other side fell silent in the middle of the transfer, 60 s ago",
  hint: "Check that cable and power stayed in",
  transfer: 1,
};

const COMPLETED: TransferEvent = {
  event: "completed",
  transfer: 1,
  peer: "192.168.0.86:2439",
  name: STARTED.name,
  outcome: "acknowledged",
  bytes: 8_000_000,
  seconds: 21.5,
  blocks: 15_626,
  retransmissions: 2,
  sha256: null,
};

function after(...events: RecoveryEvent[]): RecoveryModel {
  const start: RecoveryModel = {
    ...startRecoveryModel("serve", "Waiting for the router to ask", 0),
    link: "up, 192.168.0.66",
  };
  return events.reduce((model, event) => reduceRecovery(model, event, 1000), start);
}

const CLIENT: RecoveryQuestion = {
  kind: "client",
  client: {
    mac: "4c:5e:0c:12:34:56",
    protocol: "BOOTP",
    vendorClass: "Mips_boot",
    userClass: undefined,
    architecture: undefined,
    program: "RouterBOOT",
  },
  isDoubtful: false,
  answer: () => {},
};

const FLASH_LINE: RecoveryQuestion = {
  kind: "flash-line",
  line: "fis create -e 0x80041000 -r 0x80041000 vmlinux.bin.l7",
  answer: () => {},
};

const CHECKING: RecoveryEvent = { event: "bootp-checking", interface: "eth0", seconds: 4.5 };

const ASKS: RecoveryEvent = {
  event: "bootp-client",
  mac: "4c:5e:0c:12:34:56",
  protocol: "BOOTP",
  program: "RouterBOOT",
  vendorClass: "Mips_boot",
  userClass: null,
  architecture: null,
};

const CONSOLE: readonly RecoveryEvent[] = [
  { event: "console-knocking", address: "192.168.1.254", port: 9000 },
  { event: "console-connected", address: "192.168.1.254", port: 9000 },
  { event: "console-text", text: "== Executing boot script in 2.000 seconds\n" },
  { event: "console-text", text: "RedBoot> " },
  { event: "console-caught" },
  { event: "console-command", line: "fis init", writesFlash: true },
  { event: "console-text", text: "fis init\n*** Initialize FLASH Image System\n" },
];

const SIZES = [
  { columns: 80, rows: 24, unicode: false },
  { columns: 120, rows: 40, unicode: true },
  { columns: 40, rows: 15, unicode: false },
] as const;

const SCENES: readonly [string, RecoveryModel, number][] = [
  ["waiting", after(), 7000],
  ["silent", after(), 75_000],
  ["asked", { ...after(REQUEST), guess: "Known to ask so: TP-Link Archer C7 v2." }, 12_000],
  ["transfer", after(REQUEST, STARTED, PROGRESS), 5000],
  ["failed", after(STARTED, PROGRESS, FAILED), 90_000],
  ["sent", after({ ...REQUEST, served: true }, STARTED, PROGRESS, COMPLETED), 23_000],
  ["client", { ...after(CHECKING, ASKS), questions: [CLIENT, CLIENT] }, 3000],
  ["console", after(...CONSOLE), 9000],
  ["flash-line", { ...after(...CONSOLE), questions: [FLASH_LINE] }, 9000],
];

/** Lines of the first question, as the step draws them. */
function questionOf({ questions }: RecoveryModel, columns: number): readonly string[] {
  return questions.slice(0, 1).flatMap((question) =>
    describeQuestion(question, questions.length - 1, () => "MikroTik", Math.min(columns, 90) - 1)
  );
}

function keysOf({ questions: [question] }: RecoveryModel): readonly string[] {
  if (question === undefined) return [];
  return questionKeys(question, () => {}).map(({ key, label }) => `${key}: ${label}`);
}

describe("viewRecovery()", () => {
  for (const [name, model, now] of SCENES) {
    for (const size of SIZES) {
      it(`draws "${name}" at ${size.columns} by ${size.rows} as in the golden file`, () => {
        const lines = viewRecovery(model, now, {
          ...size,
          trigger: TRIGGER,
          question: questionOf(model, size.columns),
          bench: [],
          keys: [
            ...name === "asked" ? ["g: give it this image"] : keysOf(model),
            "Esc: back",
          ],
        });
        assert.ok(lines.length < size.rows);
        assert.ok(lines.every((line) => line.length < size.columns));
        assertGolden(`recovery/${name}-${size.columns}x${size.rows}.txt`, `${lines.join("\n")}\n`);
      });
    }
  }

  it("keeps the keys and the transfer on the smallest screen", () => {
    const lines = viewRecovery(after(REQUEST, STARTED, PROGRESS), 5000, {
      columns: 40,
      rows: 8,
      unicode: false,
      trigger: TRIGGER,
      question: [],
      bench: ["Router: the LAN light flickers."],
      keys: ["Esc: back"],
    });
    assert.ok(lines.length < 8);
    assert.equal(lines.at(-1), "Esc: back");
    assert.ok(lines.some((line) => line.includes("37 %")));
  });
});

describe("reduceRecovery()", () => {
  it("counts repeated requests for the same name once", () => {
    const again = { ...REQUEST, peer: "192.168.0.86:2440" };
    assert.equal(after(REQUEST, again).asked.length, 1);
  });

  it("forgets a failure and an obstacle once something moves", () => {
    const obstacle: TransferEvent = {
      event: "waiting",
      reason: "address-not-assigned",
      message: "No interface has 192.168.0.66",
      hint: "",
    };
    assert.equal(after(obstacle).obstacle, "No interface has 192.168.0.66");
    assert.equal(after(obstacle, STARTED).obstacle, undefined);
    assert.equal(after(STARTED, FAILED, STARTED).failure, undefined);
  });

  it("offers no name for a router that wants to send", () => {
    assert.equal(after({ ...REQUEST, op: "WRQ" }).refusedName, undefined);
  });
});
