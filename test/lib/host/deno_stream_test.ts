import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { UnbrickError } from "../../../lib/errors.ts";
import { connectStream, openSerialPort } from "../../../lib/host/deno_stream.ts";
import type { StreamHandlers, StreamSocket } from "../../../lib/host/host.ts";

/** What a stream reports, as promises. */
function watch(open: (handlers: StreamHandlers) => StreamSocket) {
  let text = "";
  let wake = (): void => {};
  let settleOpened = (): void => {};
  let settleClosed: (error: UnbrickError | undefined) => void = () => {};
  const opened = new Promise<void>((resolve) => settleOpened = resolve);
  const closed = new Promise<UnbrickError | undefined>((resolve) => settleClosed = resolve);
  const socket = open({
    opened: () => settleOpened(),
    data(bytes) {
      text += new TextDecoder().decode(bytes);
      wake();
    },
    closed: (error) => settleClosed(error),
  });
  return {
    socket,
    opened,
    closed,
    send: (line: string) => socket.send(new TextEncoder().encode(line)),
    async until(wanted: string): Promise<void> {
      while (text !== wanted) {
        assert.ok(wanted.startsWith(text), `got ${JSON.stringify(text)}`);
        await new Promise<void>((resolve) => wake = resolve);
      }
    },
  };
}

/** A server on loopback for one connection. */
function listen(): { readonly port: number; readonly accepted: Promise<Deno.TcpConn> } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = listener.accept().finally(() => listener.close());
  return { port: (listener.addr as Deno.NetAddr).port, accepted };
}

describe("connectStream()", () => {
  it("carries bytes both ways, in order, and reports the end", async () => {
    const { port, accepted } = listen();
    const stream = watch((handlers) => connectStream({ hostname: "127.0.0.1", port }, handlers));
    const connection = await accepted;
    await stream.opened;
    stream.send("one ");
    stream.send("two");
    const buffer = new Uint8Array(7);
    for (let count = 0; count < 7;) count += await connection.read(buffer.subarray(count)) ?? 7;
    assert.equal(new TextDecoder().decode(buffer), "one two");
    await connection.write(new TextEncoder().encode("three"));
    await stream.until("three");
    connection.close();
    assert.equal(await stream.closed, undefined);
    stream.send("nobody is there any more");
    stream.socket.close();
  });

  it("still sends what was sent before it was closed", async () => {
    const { port, accepted } = listen();
    const stream = watch((handlers) => connectStream({ hostname: "127.0.0.1", port }, handlers));
    await stream.opened;
    for (let line = 0; line < 200; line++) stream.send(`line ${line}\r`);
    stream.socket.close();
    const text = await new Response((await accepted).readable).text();
    assert.ok(text.endsWith("line 199\r"), text.slice(-20));
  });

  it("says that nothing listens", async () => {
    const { port, accepted } = listen();
    const first = watch((handlers) => connectStream({ hostname: "127.0.0.1", port }, handlers));
    (await accepted).close();
    await first.closed;
    const second = watch((handlers) => connectStream({ hostname: "127.0.0.1", port }, handlers));
    const error = await second.closed;
    assert.equal(error?.code, "peer-error");
    assert.match(
      error!.message,
      new RegExp(`Nothing listens on TCP port ${port} of 127\\.0\\.0\\.1`),
    );
  });

  it("reports nothing after it was closed, whether it stood or not", async () => {
    const { port, accepted } = listen();
    const reports: string[] = [];
    const handlers: StreamHandlers = {
      opened: () => reports.push("opened"),
      data: () => reports.push("data"),
      closed: () => reports.push("closed"),
    };
    const socket = connectStream({ hostname: "127.0.0.1", port }, handlers);
    socket.close();
    socket.close();
    const other = watch((given) => connectStream({ hostname: "127.0.0.1", port }, given));
    (await accepted).close();
    await Promise.race([other.closed, other.opened]);
    other.socket.close();
    assert.deepEqual(reports, []);
  });
});

describe("openSerialPort()", () => {
  it("says when there is no such port", async () => {
    const stream = watch((handlers) => openSerialPort("/nowhere/ttyUSB9", handlers));
    const error = await stream.closed;
    assert.equal(error?.code, "file-not-found");
    assert.match(error!.message, /ttyUSB9/);
  });
});
