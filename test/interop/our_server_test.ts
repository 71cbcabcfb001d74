/**
 * Our server against the clients that people have: both directions, with and without options.
 *
 * @module
 */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type OurServer, type OurServerOptions, startOurServer } from "../support/our_side.ts";
import { canTest, type ProgramName } from "../support/peers.ts";
import { assertSameBytes, makeFolder, testBytes, type TestFolder } from "../support/test_files.ts";
import { type ClientJob, type ClientName, runPeerClient } from "../support/tftp_clients.ts";

/** Around one block, and one that spans several of the larger blocks. */
const SIZES = [0, 1, 511, 512, 513, 20_000];

interface Variant {
  readonly client: ClientName;
  readonly program: ProgramName;
  readonly how: string;
  readonly job?: Pick<ClientJob, "blksize" | "windowsize" | "tsizeAndTimeout">;
  readonly server?: Omit<OurServerOptions, "root">;
  /** Sizes to send, when they are not {@link SIZES}. */
  readonly sizesToSend?: readonly number[];
  /** What the server must have agreed to. */
  readonly agreed: { readonly blksize: number; readonly windowsize: number };
}

const PLAIN = { blksize: 512, windowsize: 1 };

const VARIANTS: readonly Variant[] = [
  { client: "tftp-hpa", program: "tftp", how: "plain", agreed: PLAIN },
  {
    client: "tftp-hpa",
    program: "tftp",
    how: "plain from a single port",
    server: { singlePort: true },
    agreed: PLAIN,
  },
  { client: "atftp", program: "atftp", how: "plain", agreed: PLAIN },
  {
    client: "atftp",
    program: "atftp",
    how: "tsize and timeout",
    job: { tsizeAndTimeout: true },
    agreed: PLAIN,
  },
  {
    client: "atftp",
    program: "atftp",
    how: "blksize 8192",
    job: { blksize: 8192 },
    agreed: { blksize: 8192, windowsize: 1 },
  },
  {
    client: "atftp",
    program: "atftp",
    how: "blksize 1468 and windowsize 4",
    job: { blksize: 1468, windowsize: 4 },
    agreed: { blksize: 1468, windowsize: 4 },
  },
  {
    client: "atftp",
    program: "atftp",
    how: "windowsize 16 from a single port",
    job: { windowsize: 16 },
    server: { singlePort: true },
    agreed: { blksize: 512, windowsize: 16 },
  },
  { client: "curl", program: "curl", how: "no options", agreed: PLAIN },
  {
    client: "curl",
    program: "curl",
    how: "tsize, timeout and blksize 1468",
    job: { blksize: 1468 },
    // curl ends the transfer with an error when any server tells it that the size is 0.
    sizesToSend: SIZES.slice(1),
    agreed: { blksize: 1468, windowsize: 1 },
  },
  {
    client: "curl",
    program: "curl",
    how: "options that the server does not take",
    job: { blksize: 1468 },
    server: { noOptions: true },
    agreed: PLAIN,
  },
  { client: "busybox", program: "busybox", how: "tsize", agreed: PLAIN },
  {
    client: "busybox",
    program: "busybox",
    how: "tsize and blksize 8192",
    job: { blksize: 8192 },
    agreed: { blksize: 8192, windowsize: 1 },
  },
];

function agreements(server: OurServer): unknown[] {
  return server.events.flatMap((event) =>
    event.event === "started" ? [{ blksize: event.blksize, windowsize: event.windowsize }] : []
  );
}

async function getAll(folder: TestFolder, server: OurServer, variant: Variant): Promise<void> {
  await Promise.all((variant.sizesToSend ?? SIZES).map(async (size) => {
    const bytes = testBytes(size);
    await Deno.writeFile(folder.file(`${size}.bin`), bytes);
    const { code, stderr } = await runPeerClient(variant.client, {
      direction: "get",
      ...server,
      ...variant.job,
      folder: folder.path,
      remote: `${size}.bin`,
      local: `${size}.copy`,
    });
    assert.equal(code, 0, stderr);
    // curl makes no file when there is nothing to put in it.
    const isMissing = variant.client === "curl" && size === 0;
    const copy = isMissing ? bytes : await Deno.readFile(folder.file(`${size}.copy`));
    assertSameBytes(copy, bytes, `${size} bytes`);
  }));
}

async function putAll(folder: TestFolder, server: OurServer, variant: Variant): Promise<void> {
  await Promise.all(SIZES.map(async (size) => {
    const bytes = testBytes(size);
    await Deno.writeFile(folder.file(`${size}.bin`), bytes);
    const { code, stderr } = await runPeerClient(variant.client, {
      direction: "put",
      ...server,
      ...variant.job,
      folder: folder.path,
      remote: `${size}.stored`,
      local: `${size}.bin`,
    });
    assert.equal(code, 0, stderr);
    assertSameBytes(await Deno.readFile(folder.file(`${size}.stored`)), bytes, `${size} bytes`);
  }));
}

function assertAllComplete(
  server: OurServer,
  sizes: readonly number[],
  agreed: Variant["agreed"],
): void {
  const completed = server.events.filter((event) => event.event === "completed");
  assert.deepEqual(completed.map((event) => event.bytes).sort((a, b) => a - b), sizes);
  assert.deepEqual(server.events.filter((event) => event.event === "failed"), []);
  assert.deepEqual(agreements(server), sizes.map(() => agreed));
}

for (const variant of VARIANTS) {
  const { client, program, how } = variant;
  const title = `startServer() with the client ${client}, ${how}`;
  describe(title, () => {
    if (!canTest(title, { programs: [program] })) return;

    it("sends files of every size around a block byte by byte", async () => {
      await using folder = makeFolder();
      await using server = startOurServer({ root: folder.path, ...variant.server });
      await getAll(folder, server, variant);
      assertAllComplete(server, variant.sizesToSend ?? SIZES, variant.agreed);
    });

    it("receives files of every size around a block byte by byte", async () => {
      await using folder = makeFolder();
      await using server = startOurServer({ root: folder.path, ...variant.server });
      await putAll(folder, server, variant);
      assertAllComplete(server, SIZES, variant.agreed);
    });
  });
}

describe("startServer() with the client tftp-hpa in netascii", () => {
  const title = "startServer() with the client tftp-hpa in netascii";
  if (!canTest(title, { programs: ["tftp"] })) return;
  const text = new TextEncoder().encode("one\ntwo\r\nthree\rfour\n".repeat(200));

  it("converts line ends on the way out and back in", async () => {
    await using folder = makeFolder();
    await using server = startOurServer({ root: folder.path });
    await Deno.writeFile(folder.file("text"), text);
    const job = { ...server, folder: folder.path, netascii: true };
    const got = await runPeerClient("tftp-hpa", {
      ...job,
      direction: "get",
      remote: "text",
      local: "copy",
    });
    assert.equal(got.code, 0, got.stderr);
    assertSameBytes(await Deno.readFile(folder.file("copy")), text, "what the client got");
    const put = await runPeerClient("tftp-hpa", {
      ...job,
      direction: "put",
      remote: "stored",
      local: "text",
    });
    assert.equal(put.code, 0, put.stderr);
    assertSameBytes(await Deno.readFile(folder.file("stored")), text, "what the server stored");
  });
});

describe("startServer() asked by curl for what it does not have", () => {
  const title = "startServer() asked by curl for what it does not have";
  if (!canTest(title, { programs: ["curl"] })) return;

  it("refuses an unknown name and goes on serving", async () => {
    await using folder = makeFolder();
    await using server = startOurServer({ root: folder.path });
    await Deno.writeFile(folder.file("there"), testBytes(10));
    const job = { ...server, folder: folder.path, direction: "get" as const, local: "copy" };
    const refused = await runPeerClient("curl", { ...job, remote: "absent" });
    assert.notEqual(refused.code, 0);
    const served = await runPeerClient("curl", { ...job, remote: "there" });
    assert.equal(served.code, 0, served.stderr);
    assertSameBytes(await Deno.readFile(folder.file("copy")), testBytes(10), "the second file");
  });

  it("refuses to overwrite a file", async () => {
    await using folder = makeFolder();
    await using server = startOurServer({ root: folder.path });
    await Deno.writeFile(folder.file("old"), testBytes(10));
    await Deno.writeFile(folder.file("new"), testBytes(20));
    const { code } = await runPeerClient("curl", {
      ...server,
      folder: folder.path,
      direction: "put",
      local: "new",
      remote: "old",
    });
    assert.notEqual(code, 0);
    assertSameBytes(await Deno.readFile(folder.file("old")), testBytes(10), "the old file");
  });
});
