/**
 * Second step: the image. Read once, looked into, and confirmed by typing where something speaks
 * against it.
 *
 * @module
 */
import { toUnbrickError, UnbrickError } from "../../lib/errors.ts";
import { checkImage, worstOf } from "../../lib/firmware/check.ts";
import { applyCut } from "../../lib/firmware/cut.ts";
import { inspectImage } from "../../lib/firmware/inspect.ts";
import type { Finding } from "../../lib/firmware/inspection.ts";
import { readImage } from "../../lib/firmware/read_image.ts";
import { expectationOf } from "../../lib/recovery/expected_image.ts";
import { findImages, typedPath } from "../../lib/recovery/images_nearby.ts";
import { rolloverWarning } from "../../lib/recovery/client_run.ts";
import type { Image } from "../../lib/tftp/file_policy.ts";
import { sha256 } from "../../lib/tftp/files.ts";
import { formatBytes } from "../output/event_text.ts";
import { describeProblem } from "../sentence.ts";
import { BACK, type Back, type Ui } from "../ui.ts";
import type { FlowContext, FlowState, Step, StepResult } from "./flow.ts";

/** Asks for the image, or for every file of a script. */
export const imageStep: Step = async (context, state): Promise<StepResult> => {
  context.ui.heading("2 of 8: the image");
  const opening = state.plan?.opening;
  const wanted = opening?.kind === "console" ? opening.script.files.map(({ what }) => what) : [""];
  const images: Image[] = [];
  while (images.length < wanted.length) {
    const image = await chooseImage(context, state, wanted[images.length]!);
    if (image !== BACK) images.push(image);
    else if (images.pop() === undefined) return { go: "back" };
  }
  const [image, ...further] = images;
  if (image === undefined) throw new TypeError("a script without files");
  return { go: "next", state: { ...state, image, further } };
};

/** Asks for one file; `what` says which, empty for the only one. */
async function chooseImage(
  context: FlowContext,
  state: FlowState,
  what: string,
): Promise<Image | Back> {
  const { ui, host, log } = context;
  for (;;) {
    if (what !== "") ui.show(`\nWanted: ${what}`);
    const path = await choosePath(context);
    if (path === BACK) return BACK;
    let image: Image;
    let findings: readonly Finding[];
    try {
      const { bytes, context: known } = await readImage(host, path);
      if (bytes.length === 0) throw new UnbrickError("file-empty", `"${path}" is empty`);
      const inspection = inspectImage(bytes, known);
      findings = judge(checkImage(inspection, expectationFor(state)), bytes.length);
      image = {
        name: known.fileName ?? "image",
        bytes,
        sha256: inspection.hashes.sha256.toLowerCase(),
      };
    } catch (thrown) {
      ui.show(describeProblem(toUnbrickError(thrown)));
      continue;
    }
    showImage(ui, image, findings);
    const accepted = await accept(ui, image, findings);
    if (accepted === BACK) continue;
    log.add({
      event: "image",
      name: accepted.name,
      bytes: accepted.bytes.length,
      sha256: accepted.sha256,
      findings: findings.filter(({ severity }) => severity !== "fine").map(({ code }) => code),
    });
    return accepted;
  }
}

function expectationFor({ plan }: FlowState) {
  return plan?.entry === undefined ? undefined : expectationOf(plan.entry);
}

/** Adds what is known only because the image goes by TFTP. */
function judge(findings: readonly Finding[], bytes: number): readonly Finding[] {
  const rollover = rolloverWarning(bytes, 512);
  if (rollover === undefined || findings.some(({ code }) => code.includes("rollover"))) {
    return findings;
  }
  return [...findings, { severity: "note", code: "many-blocks", message: rollover }];
}

async function choosePath(context: FlowContext): Promise<string | Back> {
  const { ui, host, imageFolders } = context;
  const found = await findImages(host, imageFolders);
  if (found.length > 0) {
    const chosen = await ui.select<string | undefined>({
      id: "image",
      message: "Which file is the image?",
      choices: [
        ...found.map(({ path, name, size }) => ({
          label: `${name}  ${formatBytes(size)}`,
          value: path,
        })),
        { label: "Another file: type its path", value: undefined },
      ],
    });
    if (chosen === BACK || chosen !== undefined) return chosen;
  }
  const typed = await ui.input({
    id: "image-path",
    message: "Path of the image (or drag the file into this window):",
    check: (text) => {
      if (text === "") return "Type the path of the file";
      const path = typedPath(text, host);
      const kind = host.stat(path)?.kind;
      if (kind === undefined) return `There is no file "${path}"`;
      return kind === "file" ? undefined : `"${path}" is no file`;
    },
  });
  if (typed === BACK) return found.length > 0 ? await choosePath(context) : BACK;
  return typedPath(typed, host);
}

const LABELS = { stop: "STOP", warning: "WARNING", note: "Note", fine: "Good" } as const;

function showImage(ui: Ui, image: Image, findings: readonly Finding[]): void {
  ui.show(`\n${image.name}, ${formatBytes(image.bytes.length)}`);
  for (const { severity, message, hint } of findings) {
    ui.item(LABELS[severity], describeProblem({ message, hint }));
  }
  ui.item("SHA-256", image.sha256.slice(0, 32));
  ui.item("", image.sha256.slice(32));
  ui.show("The file is in memory now: a stick can be pulled out.");
}

/** Lets the person cut what has to be cut, and confirm what speaks against the image. */
async function accept(
  ui: Ui,
  image: Image,
  findings: readonly Finding[],
): Promise<Image | Back> {
  const cut = findings.find((finding) => finding.cut !== undefined)?.cut;
  if (cut !== undefined) {
    const bytes = applyCut(image.bytes, cut);
    const answer = await ui.select({
      id: "image-cut",
      message: "This router wants it in another shape.",
      choices: [
        { label: `Send the right part of it (${formatBytes(bytes.length)})`, value: "cut" },
        { label: "Send the file as it is", value: "whole" },
      ],
    });
    if (answer === BACK) return BACK;
    if (answer === "cut") {
      ui.show("The file itself stays as it is.");
      return { ...image, bytes, sha256: sha256(bytes) };
    }
  }
  const worst = worstOf(findings);
  if (worst === "stop" || worst === "warning") {
    ui.show(
      worst === "stop"
        ? "\nThis speaks against sending it: it can brick the router for good."
        : "\nMake sure before you go on.",
    );
    const sure = await ui.confirmTyped({
      id: "image-risk",
      message: 'Type "yes" to use it all the same, Enter to choose another:',
      word: "yes",
    });
    return sure === true ? image : BACK;
  }
  const good = await ui.confirm({ id: "image-good", message: "Use this image?", default: true });
  return good === true ? image : BACK;
}
