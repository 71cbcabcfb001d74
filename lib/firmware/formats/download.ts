/**
 * Downloads that are no image: archives, web pages, text, and files of one repeated byte.
 *
 * @module
 */
import type { Window } from "../bytes.ts";
import { type Format, PartDraft, type Scope } from "../format.ts";
import type { Part } from "../inspection.ts";
import { unpackNotice } from "./compressed.ts";

const ARCHIVES = [
  { id: "zip", magic: [0x50, 0x4b, 0x03, 0x04] },
  { id: "rar", magic: [0x52, 0x61, 0x72, 0x21] },
  { id: "7z", magic: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c] },
] as const;
/** The end record of a zip is at most a comment of 64 KiB away from the end. */
const ZIP_END_SEARCH = 0x10000 + 22;

function readArchive(scope: Scope): Part | undefined {
  const { window } = scope;
  const archive = ARCHIVES.find(({ magic }) => window.matches(0, magic));
  if (archive === undefined) return undefined;
  const draft = new PartDraft(scope, archive.id, `${archive.id} archive`);
  if (window.start === 0) draft.notice(unpackNotice(archive.id));
  if (archive.id === "zip" && !hasZipEnd(window)) {
    draft.compare("zip end record", 0, window.size, "present", "missing");
  }
  return draft.done();
}

function hasZipEnd(window: Window): boolean {
  const first = Math.max(0, window.size - ZIP_END_SEARCH);
  for (let at = window.size - 22; at >= first; at--) {
    if (window.u8(at) === 0x50 && window.matches(at, [0x50, 0x4b, 0x05, 0x06])) return true;
  }
  return false;
}

const MAX_TEXT = 100 * 1024;
const PRINTABLE_SHARE = 0.95;

function readText(scope: Scope): Part | undefined {
  const { window } = scope;
  if (window.size !== scope.file.size || window.size === 0) return undefined;
  const head = window.lines(0, 64).join(" ").toLowerCase().replace(/^[. ]+/, "");
  if (/^<(!do|htm|head)/.test(head)) {
    return new PartDraft(scope, "web-page", "web page").notice({
      severity: "stop",
      code: "web-page",
      message: "This is a web page, not an image: the download went wrong",
      hint: "Download the file again and save the link's target, not the page",
    }).done();
  }
  if (window.size >= MAX_TEXT) return undefined;
  const printable = window.bytes(0, window.size)
    .reduce(
      (sum, byte) =>
        sum + (byte === 9 || byte === 10 || byte === 13 || (byte >= 0x20 && byte < 0x7f) ? 1 : 0),
      0,
    );
  if (printable < PRINTABLE_SHARE * window.size) return undefined;
  return new PartDraft(scope, "text", "text").notice({
    severity: "warning",
    code: "text",
    message: "This file is text, not an image",
    hint: "Choose the image itself, not its checksum or description",
  }).done();
}

function readBlank(scope: Scope): Part | undefined {
  const { window } = scope;
  const value = window.u8(0);
  const isBlank = window.start === 0 && window.size > 0 && (value === 0 || value === 0xff) &&
    window.isFilledWith(value, 0, window.size);
  if (!isBlank) return undefined;
  return new PartDraft(scope, "blank", "blank file").notice({
    severity: "stop",
    code: "blank",
    message: `Every byte of the file is ${value === 0 ? "00" : "FF"}: there is nothing in it`,
    hint: "Download the file again",
  }).done();
}

/** zip, rar, 7z. */
export const ARCHIVE: Format = { id: "archive", read: readArchive };
/** Web page or text. */
export const TEXT: Format = { id: "text", read: readText };
/** One byte repeated. */
export const BLANK: Format = { id: "blank", read: readBlank };
