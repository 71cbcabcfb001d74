/**
 * Findings about an image by itself: whether it is an image, whole, and what its name promises.
 *
 * @module
 */
import { failuresOf, flatten, uncoveredBytes } from "./inspect.ts";
import type { Check, Finding, Inspection } from "./inspection.ts";

/** The smallest real firmware is about 1 MiB; nothing below this is one. */
const SMALLEST = 64 * 1024;
const RANDOM_ENTROPY = 7.95;
const BOOTLOADER_NAMES =
  /preloader|(^|[-_.])bl2|bl31-uboot|(^|[-_.])fip|u-?boot|emmc-gpt|cferam|bootloader|(^|[-_.])spl|(^|[-_.])mbr/i;
const COMPARE_HINT = "Compare its SHA-256 with the one on the download page";
const DOWNLOAD_HINT = "Download the file again and compare its SHA-256 with the download page";

/** Findings that hold whatever the device is. */
export function checkFile(inspection: Inspection): Finding[] {
  if (inspection.size === 0) {
    return [{
      severity: "stop",
      code: "empty",
      message: "The file is empty",
      hint: DOWNLOAD_HINT,
    }];
  }
  const notices = uniqueFindings(flatten(inspection.parts).flatMap((part) => part.notices));
  const isDownload = notices.some(({ severity }) => severity === "stop");
  return [
    ...(isDownload ? [] : integrityFindings(inspection)),
    ...listFindings(inspection),
    ...notices,
    ...(isDownload ? [] : recognitionFindings(inspection)),
    ...nameFindings(inspection),
    ...layoutChangeFindings(inspection),
  ];
}

function uniqueFindings(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [finding.message, finding])).values()];
}

function describeFailure({ name, result, stored, computed }: Check): string {
  return result === "short"
    ? `${name}: ${stored} bytes announced, ${computed} there`
    : `${name}: ${stored} in the file, ${computed} computed`;
}

function integrityFindings(inspection: Inspection): Finding[] {
  const { integrity, parts, size } = inspection;
  const [failure] = failuresOf(parts);
  const detail = failure === undefined ? "" : ` (${describeFailure(failure)})`;
  const checks = flatten(parts).flatMap((part) => part.checks)
    .filter(({ result, computed }) => result === "match" && computed !== "");
  switch (integrity) {
    case "truncated":
      return [{
        severity: "stop",
        code: "truncated",
        message: `The file is cut short${detail}`,
        hint: DOWNLOAD_HINT,
      }];
    case "damaged":
      return [{
        severity: "stop",
        code: "damaged",
        message: `The file is damaged${detail}`,
        hint: DOWNLOAD_HINT,
      }];
    case "whole":
      return [{ severity: "fine", code: "whole", message: `The file is whole: ${fit(checks)}` }];
    case "unproven":
      return [unprovenFinding(checks, size, uncoveredBytes(inspection))];
  }
}

/** "A fits", "A and B fit", "A, B and 3 more fit". */
function fit(checks: readonly Check[]): string {
  const names = [...new Set(checks.map(({ name }) => name))];
  if (names.length > 3) return `${names.slice(0, 2).join(", ")} and ${names.length - 2} more fit`;
  const last = names.pop() ?? "";
  return names.length === 0 ? `${last} fits` : `${names.join(", ")} and ${last} fit`;
}

function unprovenFinding(checks: readonly Check[], size: number, uncovered: number): Finding {
  const common = { severity: "note", code: "unproven", hint: COMPARE_HINT } as const;
  if (checks.length === 0) {
    return { ...common, message: "Nothing in this file can prove that it is whole" };
  }
  const isWeakOnly = checks.every(({ strength }) => strength === "weak");
  return isWeakOnly
    ? { ...common, message: `${fit(checks)}, but so simple a sum misses some damage` }
    : {
      ...common,
      message: `${fit(checks)}, but ${uncovered} of ${size} bytes are covered by none`,
    };
}

function listFindings({ context, hashes }: Inspection): Finding[] {
  const listed = context.listedSha256;
  if (listed === undefined) return [];
  const { list, sha256 } = listed;
  if (sha256 === undefined) {
    return [{
      severity: "note",
      code: "not-listed",
      message: `"${list}" beside the file does not name it`,
    }];
  }
  return sha256 === hashes.sha256
    ? [{ severity: "fine", code: "listed", message: `SHA-256 is the one in "${list}"` }]
    : [{
      severity: "stop",
      code: "hash-differs",
      message: `SHA-256 is not the one in "${list}" (${sha256.slice(0, 16)}...)`,
      hint: DOWNLOAD_HINT,
    }];
}

function recognitionFindings({ parts, size, entropy, kind }: Inspection): Finding[] {
  const findings: Finding[] = [];
  const isEncrypted = entropy !== undefined && entropy > RANDOM_ENTROPY;
  if (parts.length === 0) {
    findings.push({
      severity: "warning",
      code: "unknown-format",
      message: isEncrypted
        ? "The format is unknown; the content looks encrypted or packed"
        : "The format is unknown",
      hint: "Make sure that this is the file meant for your device's bootloader",
    });
  }
  if (size < SMALLEST) {
    findings.push({
      severity: "warning",
      code: "too-small",
      message: `${size} bytes are too few for firmware`,
      hint: "Check whether the download was cut short",
    });
  }
  if (kind === "sysupgrade" && parts[0]?.format === "openwrt-sysupgrade-tar") {
    findings.push({
      severity: "warning",
      code: "sysupgrade-archive",
      message: "This is a sysupgrade archive for a running OpenWrt; hardly any bootloader takes it",
      hint: "Look for the factory or initramfs image of the same device",
    });
  }
  return findings;
}

function nameFindings({ context, parts }: Inspection): Finding[] {
  const name = context.fileName ?? "";
  const findings: Finding[] = [];
  if (BOOTLOADER_NAMES.test(name)) {
    findings.push({
      severity: "warning",
      code: "bootloader-name",
      message: `The name "${name}" is that of a bootloader part, not of firmware`,
      hint: "Choose the firmware image for your device instead",
    });
  }
  const hasMetadata = flatten(parts).some(({ metadata }) => metadata !== undefined);
  if (/sysupgrade/i.test(name) && !hasMetadata) {
    findings.push({
      severity: "warning",
      code: "no-metadata",
      message: "OpenWrt's metadata is missing at the end of this sysupgrade image",
      hint: DOWNLOAD_HINT,
    });
  }
  return findings;
}

function layoutChangeFindings({ metadata }: Inspection): Finding[] {
  if (metadata === undefined || metadata.compatVersion === "1.0") return [];
  return [{
    severity: "note",
    code: "layout-changed",
    message: metadata.compatMessage ??
      `The flash layout changed (compatibility ${metadata.compatVersion}); settings cannot be kept`,
  }];
}
