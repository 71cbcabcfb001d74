/**
 * Findings about the devices that an image names, against the device at hand.
 *
 * @module
 */
import type { Expectation } from "./expectation.ts";
import type { Finding, Inspection } from "./inspection.ts";
import { canTellModels, matchNames, nameInSupportEntry } from "./name_match.ts";

/** Findings from the names and identification values in an image. */
export function checkNames(inspection: Inspection, expectation: Expectation): Finding[] {
  return [...nameFindings(inspection, expectation), ...markFindings(inspection, expectation)];
}

/** Names the image carries in clear: OpenWrt's metadata and TP-Link's support list. */
function statedNames({ marks }: Inspection): string[] {
  return marks.flatMap(({ scheme, value }) => {
    if (scheme === "openwrt-device" || scheme === "openwrt-board") return [value];
    return scheme === "tplink-support" ? nameInSupportEntry(value) ?? [] : [];
  });
}

function normalised(board: string): string {
  return board.toLowerCase().replace(",", "_");
}

function listed(names: readonly string[]): string {
  const unique = [...new Set(names)];
  const shown = unique.slice(0, 2).map((name) => `"${name}"`).join(", ");
  return unique.length > 2 ? `${shown} and ${unique.length - 2} more` : shown;
}

function nameFindings(inspection: Inspection, expectation: Expectation): Finding[] {
  const stated = statedNames(inspection);
  const boards = (expectation.boards ?? []).map(normalised);
  const names = [expectation.device, ...expectation.names ?? []];
  const derived = inspection.devices;
  if (stated.length > 0) {
    if (stated.some((name) => boards.includes(normalised(name)))) return [fits(stated, boards)];
    const hasBoardNames = stated.some((name) => /[,_]/.test(name));
    if (boards.length > 0 && hasBoardNames) return [differs("stop", stated, expectation)];
    return statedFindings(stated, names, expectation);
  }
  if (derived.length === 0) return [];
  if (derived.some((name) => boards.includes(normalised(name)))) return [fits(derived, boards)];
  return derivedFindings(derived, names, expectation);
}

function fits(found: readonly string[], boards: readonly string[]): Finding {
  const name = found.find((candidate) => boards.includes(normalised(candidate))) ?? found[0];
  return { severity: "fine", code: "device", message: `It is made for this device ("${name}")` };
}

function differs(
  severity: "warning" | "stop",
  found: readonly string[],
  { device }: Expectation,
): Finding {
  return {
    severity,
    code: "other-device",
    message: `The image is for ${listed(found)}, not for ${device}`,
    hint: "Find the image for exactly your model and revision",
  };
}

/** An image that names its devices in clear is taken at its word. */
function statedFindings(
  stated: readonly string[],
  names: readonly string[],
  expectation: Expectation,
): Finding[] {
  const match = matchNames(names, stated);
  switch (match) {
    case "same":
      return [{
        severity: "fine",
        code: "device",
        message: `It names this device (${listed(stated)})`,
      }];
    case "same-model":
      return [revisionNote(stated)];
    case "similar":
      return [differs("warning", stated, expectation)];
    case "other-revision":
      return [{
        severity: "stop",
        code: "other-revision",
        message: `The image is for another revision: ${listed(stated)}, not ${expectation.device}`,
        hint: "Read the revision on the label of your device and find the image for it",
      }];
    case "other":
      return [differs(canTellModels(names) ? "stop" : "warning", stated, expectation)];
  }
}

function revisionNote(found: readonly string[]): Finding {
  return {
    severity: "note",
    code: "revision-unknown",
    message: `The image is for ${listed(found)}; whether that is your revision is not known`,
    hint: "Compare with the revision on the label of your device",
  };
}

/** Values that stand for devices are strong evidence when they match, and none when they do not. */
function derivedFindings(
  derived: readonly string[],
  names: readonly string[],
  expectation: Expectation,
): Finding[] {
  const match = matchNames(names, derived);
  if (match === "same") {
    return [{
      severity: "fine",
      code: "device",
      message: `Its hardware id is that of ${listed(derived)}`,
    }];
  }
  if (match === "same-model") return [revisionNote(derived)];
  return [{
    severity: "warning",
    code: "other-device",
    message: `Its hardware id is known from ${listed(derived)}, not from ${expectation.device}`,
    hint: "Find the image for exactly your model and revision",
  }];
}

function markFindings({ marks }: Inspection, expectation: Expectation): Finding[] {
  const findings: Finding[] = [];
  const schemes = new Set((expectation.marks ?? []).map(({ scheme }) => scheme));
  for (const scheme of schemes) {
    const wanted = (expectation.marks ?? []).filter((mark) => mark.scheme === scheme);
    const found = marks.filter((mark) => mark.scheme === scheme);
    if (found.length === 0) continue;
    const isMatch = found.some(({ value }) => wanted.some((mark) => mark.value === value));
    findings.push(
      isMatch
        ? {
          severity: "fine",
          code: "hardware-id",
          message: `Its hardware id is the device's (${found[0]?.value})`,
        }
        : {
          severity: "stop",
          code: "other-hardware-id",
          message: `Its hardware id is ${listed(found.map(({ value }) => value))}, but ` +
            `${expectation.device} has ${listed(wanted.map(({ value }) => value))}`,
          hint: "Find the image for exactly your model and revision",
        },
    );
  }
  return findings;
}
