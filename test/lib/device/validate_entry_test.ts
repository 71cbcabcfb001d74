import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { decodeDevice } from "../../../lib/device/validate_entry.ts";
import { exampleJson } from "./example_device.ts";

/** Faults of an entry as "field: message". */
function faultsOf(value: unknown): readonly string[] {
  const faults: string[] = [];
  decodeDevice({ kind: "catalogue" })(value, "", (field, message) => {
    faults.push(`${field}: ${message}`);
  });
  return faults;
}

function pulls(fields: Record<string, unknown>) {
  return exampleJson({ recovery: { way: "pulls", ...fields } });
}

function listens(fields: Record<string, unknown>) {
  return exampleJson({ recovery: { way: "listens", ...fields } });
}

describe("decodeDevice", () => {
  it("takes the least that an entry needs", () => {
    assert.deepEqual(faultsOf(exampleJson()), []);
  });

  it("names every missing field at once", () => {
    assert.deepEqual(faultsOf({}), [
      "id: is missing",
      "vendor: is missing",
      "model: is missing",
      "recovery: is missing",
      "sources: is missing",
      "confidence: is missing",
    ]);
  });

  it("refuses what is no object", () => {
    for (const value of [null, 1, "x", [exampleJson()]]) {
      assert.equal(faultsOf(value).length, 1, JSON.stringify(value));
    }
  });

  const cases: readonly (readonly [string, unknown, string])[] = [
    ["a misspelt field", exampleJson({ triger: 1 }), "triger: is not a field that unbrick knows"],
    ["an id with capitals", exampleJson({ id: "Acme-R1" }), 'id: "Acme-R1" is not made of lower-'],
    ["an unknown way", exampleJson({ recovery: { way: "push" } }), 'recovery.way: "push" is none'],
    ["no source", exampleJson({ sources: [] }), "sources: needs at least one source"],
    ["an empty source", exampleJson({ sources: [{}] }), 'sources[0]: needs "url" or "note"'],
    [
      "a source that is no link",
      exampleJson({ sources: [{ url: "example.org" }] }),
      'sources[0].url: "example.org" is not a link',
    ],
    ["a hopeful confidence", exampleJson({ confidence: "sure" }), 'confidence: "sure" is none of'],
    ["a flag as text", exampleJson({ verified: "yes" }), 'verified: "yes" is neither true nor'],
    [
      "an address without prefix",
      pulls({ computer: { exactly: ["192.168.0.66"] } }),
      'recovery.computer.exactly[0]: "192.168.0.66" is not an IPv4 address with prefix',
    ],
    [
      "an address out of range",
      pulls({ device: "192.168.0.666" }),
      'recovery.device: "192.168.0.666" is not an IPv4 address',
    ],
    [
      "no address at all",
      pulls({ computer: { exactly: [] } }),
      "recovery.computer.exactly: is empty",
    ],
    [
      "a subnet for a device that asks one address",
      pulls({ computer: { anyIn: "192.168.0.0/24" } }),
      "recovery.computer: a bootloader that pulls asks certain addresses",
    ],
    [
      "both sorts of address",
      listens({ computer: { exactly: ["10.0.0.2/8"], anyIn: "10.0.0.0/8" } }),
      'recovery.computer: needs either "exactly" or "anyIn"',
    ],
    [
      "a subnet with host bits",
      listens({ computer: { anyIn: "192.168.1.1/24" } }),
      "recovery.computer.anyIn: has host bits set",
    ],
    [
      "the device's address for this computer",
      pulls({ computer: { exactly: ["192.168.0.66/24"] }, device: "192.168.0.66" }),
      "recovery.computer.exactly[0]: 192.168.0.66 is the address of the device too",
    ],
    [
      "the device's address as the example",
      listens({ computer: { anyIn: "10.0.0.0/8", example: "10.0.0.1" }, device: "10.0.0.1" }),
      "recovery.computer.example: 10.0.0.1 is the address of the device too",
    ],
    [
      "an example outside its subnet",
      listens({ computer: { anyIn: "192.168.1.0/24", example: "192.168.2.9" } }),
      "recovery.computer.example: 192.168.2.9 is not in 192.168.1.0/24",
    ],
    [
      "a device in another subnet",
      pulls({ computer: { exactly: ["192.168.0.66/24"] }, device: "192.168.1.1" }),
      "recovery.device: 192.168.1.1 is in none of 192.168.0.66/24",
    ],
    [
      "a broadcast address",
      pulls({ computer: { exactly: ["192.168.0.255/24"] } }),
      "recovery.computer.exactly[0]: 192.168.0.255/24 is not a host's address",
    ],
    [
      "a file without name",
      pulls({ files: [{ names: [] }] }),
      "recovery.files[0].names: needs at least one legal name",
    ],
    [
      "a name with a control character",
      pulls({ files: [{ names: ["a\nb"] }] }),
      'recovery.files[0].names[0]: "a\\nb" is not a file name',
    ],
    [
      "a name with a NUL",
      pulls({ files: [{ names: ["a\\x00b"] }] }),
      "recovery.files[0].names[0]:",
    ],
    [
      "one name for two files",
      pulls({ files: [{ names: ["a.bin"] }, { names: ["a.bin"] }] }),
      'recovery.files: "a.bin" is named twice',
    ],
    ["a name to put for one that pulls", pulls({ remoteName: "x" }), "recovery.remoteName: is not"],
    [
      "any name and a certain one",
      listens({ remoteName: "code.bin", anyRemoteName: true }),
      'recovery.anyRemoteName: contradicts "remoteName"',
    ],
    [
      "other names without the usual one",
      listens({ remoteAlternatives: ["b.bin"] }),
      'recovery.remoteAlternatives: needs "remoteName"',
    ],
    [
      "another protocol without its name",
      exampleJson({ recovery: { way: "other", tool: "x" } }),
      "recovery.by: is missing",
    ],
    [
      "a MAC with hyphens",
      exampleJson({ mac: "02-AA-BB-CC-DD-20" }),
      'mac: "02-AA-BB-CC-DD-20" is not a MAC address',
    ],
    [
      "an unknown sort of image",
      exampleJson({ image: { kinds: ["firmware"] } }),
      'image.kinds[0]: "firmware" is none of',
    ],
    [
      "a fate for larger images without a size",
      exampleJson({ image: { kinds: [], larger: "cut-off" } }),
      'image.larger: needs "maxBytes"',
    ],
    [
      "a part that is neither zeros nor image",
      exampleJson({ image: { kinds: [], layout: [{ from: 1 }] } }),
      'image.layout[0]: needs either "zeros" alone',
    ],
    [
      "a sort for an image put together by hand",
      exampleJson({ image: { kinds: ["factory"], layout: [{ zeros: 1 }] } }),
      "image.kinds: must be empty",
    ],
    [
      "a window of no time",
      exampleJson({ trigger: { kind: "button", how: "x", windowSeconds: 0 } }),
      "trigger.windowSeconds: 0 is not a whole number from 1 to 3600",
    ],
    [
      "a console for one that pulls by itself",
      exampleJson({ trigger: { kind: "console", how: "x" } }),
      "trigger.kind:",
    ],
    [
      "a doubt about nothing",
      exampleJson({ doubts: [{ field: "colour", why: "x" }] }),
      'doubts[0].field: "colour" is none of',
    ],
  ];
  for (const [what, value, fault] of cases) {
    it(`refuses ${what}, naming the field`, () => {
      const faults = faultsOf(value);
      assert.ok(faults.some((text) => text.startsWith(fault)), `${fault}\n${faults.join("\n")}`);
    });
  }
});
