import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { findEntry, withOwnDevices } from "../../../lib/device/catalogue.ts";
import { readOwnDevices } from "../../../lib/device/own_devices.ts";
import { UnbrickError } from "../../../lib/errors.ts";
import { exampleCatalogue, exampleDevice, exampleJson } from "./example_device.ts";

/** A host with one folder of files. */
function folderOf(files: Readonly<Record<string, unknown>>) {
  const bytesOf = (content: unknown) =>
    content instanceof Uint8Array ? content : new TextEncoder().encode(
      typeof content === "string" ? content : JSON.stringify(content),
    );
  const find = (path: string) => {
    const name = path.replace(/^devices\//, "");
    return name in files ? bytesOf(files[name]) : undefined;
  };
  return {
    listDirectory: () => Promise.resolve(Object.keys(files)),
    readFile: (path: string) => {
      const bytes = find(path);
      return bytes === undefined
        ? Promise.reject(new UnbrickError("file-unreadable", `Cannot read "${path}"`))
        : Promise.resolve(bytes);
    },
    stat: (path: string) => {
      if (path === "devices") {
        return { kind: "directory", size: 0, modifiedAt: undefined } as const;
      }
      const bytes = find(path);
      if (bytes === undefined) return undefined;
      return { kind: "file", size: bytes.length, modifiedAt: undefined } as const;
    },
  };
}

async function messagesOf(files: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  const own = await readOwnDevices(folderOf(files), "devices");
  assert.ok(own.failures.every((failure) => failure.code === "file-invalid"));
  return own.failures.map((failure) => failure.message);
}

describe("readOwnDevices", () => {
  it("reads one device or a list of them from each JSON file", async () => {
    const own = await readOwnDevices(
      folderOf({
        "one.json": exampleJson({ id: "one" }),
        "more.JSON": [exampleJson({ id: "two" }), exampleJson({ id: "three" })],
        "notes.txt": "not looked at",
        "._one.json": "left by macOS",
      }),
      "devices",
    );
    assert.deepEqual(own.failures, []);
    assert.deepEqual(own.devices.map((device) => device.id), ["two", "three", "one"]);
    assert.deepEqual(own.devices[0]?.origin, {
      kind: "own",
      file: "devices/more.JSON",
      replaces: false,
    });
  });

  it("finds nothing where there is no folder", async () => {
    assert.deepEqual(await readOwnDevices(folderOf({}), "elsewhere"), {
      devices: [],
      failures: [],
    });
  });

  it("names file and field of every fault, and keeps the valid devices", async () => {
    const files = {
      "good.json": exampleJson(),
      "bad.json": [exampleJson({ id: "x" }), exampleJson({ id: "BAD", port: 7 })],
    };
    assert.deepEqual(await messagesOf(files), [
      'devices/bad.json: [1].id: "BAD" is not made of lower-case letters, digits and single hyphens',
      "devices/bad.json: [1].port: 7 is not a text with something in it",
    ]);
    const { devices } = await readOwnDevices(folderOf(files), "devices");
    assert.deepEqual(devices.map((device) => device.id), ["x", "acme-r1"]);
  });

  it("says so when a file is no JSON, no text, or far too large", async () => {
    const messages = await messagesOf({
      "a.json": "{ oops",
      "b.json": new Uint8Array([0xff, 0xfe, 0x00]),
      "c.json": " ".repeat((1 << 20) + 1),
    });
    assert.equal(messages.length, 3);
    assert.match(messages[0] ?? "", /^devices\/a\.json: not JSON: /);
    assert.match(messages[1] ?? "", /^devices\/b\.json: not JSON: /);
    assert.match(messages[2] ?? "", /^devices\/c\.json: more than 1 MiB/);
  });

  it("refuses an id that another file has taken", async () => {
    assert.deepEqual(await messagesOf({ "a.json": exampleJson(), "b.json": exampleJson() }), [
      'devices/b.json: the id "acme-r1" stands in devices/a.json already',
    ]);
  });

  it("tells a folder that cannot be listed as a failure, not as an end", async () => {
    const host = {
      ...folderOf({}),
      listDirectory: () => Promise.reject(new UnbrickError("file-unreadable", "Cannot list")),
    };
    const own = await readOwnDevices(host, "devices");
    assert.deepEqual(own.failures.map((failure) => failure.message), ["Cannot list"]);
  });
});

describe("withOwnDevices", () => {
  const ours = exampleCatalogue(exampleDevice(), exampleDevice({ id: "zeta" }));

  it("lets people's entries win and marks them", async () => {
    const files = {
      "mine.json": [
        exampleJson({ model: "R1 mended" }),
        exampleJson({ id: "beta" }),
      ],
    };
    const { devices } = await readOwnDevices(folderOf(files), "devices");
    const merged = withOwnDevices(ours, devices);
    assert.deepEqual(merged.devices.map((device) => device.id), ["acme-r1", "beta", "zeta"]);
    const replaced = findEntry(merged, "ACME-R1");
    assert.equal(replaced?.model, "R1 mended");
    assert.deepEqual(
      merged.devices.map((device) =>
        device.origin.kind === "own" ? device.origin.replaces : "ours"
      ),
      [true, false, "ours"],
    );
  });

  it("leaves the catalogue alone when there are none", () => {
    assert.equal(withOwnDevices(ours, []), ours);
  });
});
