/**
 * Connects a bootloader to the sockets and timers of a host: simulated ones, or real ones on
 * loopback for practice.
 *
 * @module
 */
import type { DatagramSocket, Host, Millis, StreamHandlers, StreamSocket } from "../host/host.ts";
import type { Bootloader, BootloaderOutput } from "./bootloader.ts";

/** How a bootloader is connected. */
export interface PowerOnOptions {
  /** Address to open its ports on. */
  readonly address: string;
  /**
   * Real port for a port of the bootloader; the same unless given. On loopback 69 is not to be had
   * without privileges; 0 lets the system choose.
   */
  readonly mapPort?: (port: number) => number;
  /** Called for each line on its console. */
  readonly onSay?: (text: string) => void;
  /** Called whenever something may have changed. */
  readonly onChange?: (bootloader: Bootloader) => void;
}

/** A bootloader that runs. */
export interface PoweredBootloader {
  /** The port of the host behind a port of the bootloader, if that is open. */
  realPort(port: number): number | undefined;
  /**
   * Connects to its console on the network, which answers after `delayMs`; nobody answers while it
   * is not open.
   */
  connect(handlers: StreamHandlers, delayMs: Millis): StreamSocket;
  /** Takes the power away: sockets and timers are gone, nobody is told. */
  powerOff(): void;
}

/** Starts a bootloader. Throws UnbrickError when a port cannot be opened. */
export function powerOn(
  host: Pick<Host, "now" | "startTimer" | "bind">,
  bootloader: Bootloader,
  options: PowerOnOptions,
): PoweredBootloader {
  const { address, mapPort = (port: number) => port } = options;
  const sockets = new Map<number, DatagramSocket>();
  let cancelTimer = (): void => {};
  let isOn = true;
  /** Whoever has its console open. */
  let visitor: StreamHandlers | undefined;

  function socketFor(port: number): DatagramSocket {
    const open = sockets.get(port);
    if (open !== undefined) return open;
    const socket = host.bind({ hostname: address, port: mapPort(port) }, {
      datagram(bytes, from) {
        if (!isOn || !bootloader.ports.includes(port)) return;
        perform(bootloader.handleDatagram({ bytes, port, from }, host.now()));
      },
      sendFailed: () => {},
      receiveFailed: () => void sockets.delete(port),
    });
    sockets.set(port, socket);
    return socket;
  }

  function perform(outputs: readonly BootloaderOutput[]): void {
    for (const output of outputs) {
      switch (output.kind) {
        case "send":
          socketFor(output.fromPort).send(output.bytes, output.to);
          break;
        case "say":
          options.onSay?.(output.text);
          break;
        case "print":
          visitor?.data(new TextEncoder().encode(output.text));
      }
    }
    if (bootloader.phase === "accepted" || bootloader.phase === "gave-up") hangUp();
    for (const port of bootloader.ports) socketFor(port);
    for (const [port, socket] of sockets) {
      if (bootloader.ports.includes(port)) continue;
      socket.close();
      sockets.delete(port);
    }
    arm();
    options.onChange?.(bootloader);
  }

  function arm(): void {
    cancelTimer();
    const due = bootloader.nextTimeout;
    if (due === undefined) return;
    cancelTimer = host.startTimer(
      Math.max(0, due - host.now()),
      () => perform(bootloader.handleTimeout(host.now())),
    );
  }

  /** It starts what it has: its network is gone, and with it the connection. */
  function hangUp(): void {
    const left = visitor;
    visitor = undefined;
    if (left === undefined) return;
    bootloader.networkConsole?.disconnected();
    left.closed(undefined);
  }

  function connect(handlers: StreamHandlers, delayMs: Millis): StreamSocket {
    const { networkConsole: desk } = bootloader;
    const cancel = host.startTimer(delayMs, () => {
      if (!isOn || desk?.isOpen !== true || visitor !== undefined) return;
      visitor = handlers;
      handlers.opened();
      perform(desk.connected(host.now()));
    });
    return {
      send(bytes) {
        const kept = bytes.slice();
        host.startTimer(delayMs, () => {
          if (isOn && visitor === handlers) perform(desk?.typed(kept, host.now()) ?? []);
        });
      },
      close() {
        cancel();
        if (visitor !== handlers) return;
        visitor = undefined;
        desk?.disconnected();
      },
    };
  }

  perform(bootloader.start(host.now()));
  return {
    realPort: (port) => sockets.get(port)?.local.port,
    connect,
    powerOff() {
      isOn = false;
      visitor = undefined;
      cancelTimer();
      for (const socket of sockets.values()) socket.close();
      sockets.clear();
    },
  };
}
