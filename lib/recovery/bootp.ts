/**
 * Netbooting: BOOTP and DHCP with the TFTP server beside it, until the image has been fetched.
 *
 * @module
 */
import { UnbrickError } from "../errors.ts";
import type { BootpClient } from "../bootp/client_class.ts";
import type { BootpEvent } from "../bootp/events.ts";
import {
  CHECK_MS,
  CLIENT_PORT,
  type Guard,
  type GuardState,
  type InterfaceFacts,
  type Obstacle,
  SERVER_PORT,
  startGuard,
} from "../bootp/guard.ts";
import { describeHeld, describeOver } from "../bootp/held_text.ts";
import { type BootpServer, startBootpServer } from "../bootp/server.ts";
import type { Host, Millis, SocketAddress } from "../host/host.ts";
import type { NetworkInterface } from "../net/interface.ts";
import { type Ipv4Subnet, parseIpv4 } from "../net/ipv4.ts";
import { listInterfaces } from "../net/list_interfaces.ts";
import { type WatchHost, watchInterfaces } from "../net/watch_interfaces.ts";
import { type TransferEvent, waitingBecause } from "../tftp/events.ts";
import { type Image, imagePolicy } from "../tftp/file_policy.ts";
import type { TftpServer } from "../tftp/server.ts";
import { type BootpPlan, type BootpWish, planBootp } from "./bootp_plan.ts";
import { namePortOwner, serve, type ServeGoal } from "./serve.ts";
import { watchSilence } from "./silence.ts";

/** What to serve, and how. */
export interface BootpGoal {
  /** What is answered, and with what. */
  readonly wish: Omit<BootpWish, "bootFile">;
  /** The image that the router is to run, first, and files it may ask for on the way. */
  readonly images: readonly Image[];
  /** Further names of the only image. */
  readonly aliases: readonly string[];
  /** Serve the only image under any name. */
  readonly anyName: boolean;
  /** Go on after the image has been fetched. */
  readonly keep: boolean;
  /** Answer although something speaks against it. */
  readonly force: boolean;
  /** How files are transferred. */
  readonly tftp: Omit<ServeGoal, "files" | "listen" | "once" | "allowed" | "onEvent">;
  /** The interfaces of this computer, where others than its real ones are meant. */
  readonly listInterfaces?: () => Promise<readonly NetworkInterface[]>;
  /** Whether a client may be answered; asked at each of its requests. All may by default. */
  readonly admit?: (client: BootpClient) => boolean;
  /** Called for everything worth telling of transfers. */
  readonly onEvent: (event: TransferEvent) => void;
  /** Called for everything worth telling of addresses. */
  readonly onBootp: (event: BootpEvent) => void;
  /** Called for every BOOTP and DHCP packet, with its description. */
  readonly onBootpPacket?: (text: string, peer: SocketAddress) => void;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

/** A netboot server at work. */
export interface BootpRun {
  /** Ends it. */
  close(): void;
  /**
   * Settles when it has ended, with whether the image was fetched. Rejects with UnbrickError when
   * the interfaces cannot be watched any more.
   */
  readonly finished: Promise<{ readonly completed: boolean }>;
}

/** The part of the host that netbooting needs. */
export type BootpHost = WatchHost & Pick<Host, "bind" | "addresses">;

/** How long the TFTP server stays after the image was fetched. */
const QUIET_MS: Millis = 3000;

/** Pause in all transfers after which other servers are asked for again. */
const SETTLED_MS: Millis = 10_000;

/**
 * Starts. Rejects with UnbrickError: `interface-unsuitable` when the interface leads to a living
 * network or another DHCP server answers there (unless `force`), and when ports or addresses cannot
 * be had.
 */
export async function startBootp(host: BootpHost, goal: BootpGoal): Promise<BootpRun> {
  const main = goal.images[0];
  if (main === undefined) throw new UnbrickError("usage", "No image was given");
  const wish = { ...goal.wish, bootFile: main.name };
  checkChoices(goal);
  const interfaces = await (goal.listInterfaces?.() ?? listInterfaces(host));
  if (goal.signal.aborted) throw stopped();
  const plan = planBootp(wish, interfaces);
  const name = wish.interfaceName;
  if (plan.objections.length > 0 && !goal.force) {
    throw unsuitable(name, plan.objections.join("; "));
  }

  if (plan.doubt !== undefined) goal.onEvent(waitingBecause(plan.doubt));

  const stopper = new AbortController();
  /** Transfers under way by address: a client that only asked for the size tells no end. */
  const active = new Map<string, number>();
  let movedAt = -Infinity;
  let guard: Guard | undefined;
  let bootp: BootpServer | undefined;
  let tftp: TftpServer | undefined;
  let held: string | undefined = "the network has not been looked at yet";
  let isDelivered = false;
  let isClosed = false;
  let failure: unknown;
  let cancelQuiet = (): void => {};
  const silence = watchSilence(host, "bootp", goal.onEvent);

  function close(): void {
    if (isClosed) return;
    isClosed = true;
    silence.stop();
    cancelQuiet();
    goal.signal.removeEventListener("abort", close);
    stopper.abort();
    guard?.close();
    bootp?.close();
    tftp?.close();
  }
  goal.signal.addEventListener("abort", close, { once: true });

  try {
    if (goal.force) held = undefined;
    else guard = await openGuard();
    // A made-up interface is not among the real ones that could be watched.
    if (goal.listInterfaces === undefined) watch(guard ?? forcedGuard());
    tftp = await serve(host, {
      ...goal.tftp,
      files: imagePolicy(goal.images, { aliases: goal.aliases, anyName: goal.anyName }),
      listen: { addresses: [plan.address], interfaceName: undefined },
      allowed: undefined,
      once: false,
      onEvent: follow,
    });
    if (isClosed) throw failure ?? stopped();
    bootp = await openServer();
    if (isClosed) throw failure ?? stopped();
  } catch (error) {
    close();
    // What was opened while it was closed already.
    bootp?.close();
    tftp?.close();
    throw error;
  }
  return {
    close,
    finished: tftp.finished.then(() => {
      close();
      if (failure !== undefined) throw failure;
      return { completed: isDelivered };
    }),
  };

  /** Looks whether somebody else serves here; without a link, that is done when there is one. */
  async function openGuard(): Promise<Guard> {
    const facts = factsOf(interfaces, plan);
    let settle: (state: GuardState) => void = () => {};
    const verdict = new Promise<GuardState | undefined>((resolve) => {
      settle = resolve;
      stopper.signal.addEventListener("abort", () => resolve(undefined));
    });
    const opened = await orNamePort(CLIENT_PORT, () =>
      startGuard(host, {
        address: plan.address,
        mac: plan.mac,
        facts,
        isQuiet: () => host.now() - movedAt >= SETTLED_MS,
        ...(goal.onBootpPacket === undefined ? {} : { onPacket: goal.onBootpPacket }),
        onState(state, before) {
          tellState(state, before);
          if (state.state !== "checking") settle(state);
        },
      }));
    guard = opened;
    const first = await verdict;
    if (first === undefined) throw stopped();
    if (first.state === "held" && first.held.why === "other-server") {
      throw unsuitable(name, describeHeld(first.held).reason);
    }
    return opened;
  }

  /** With `force` nobody is asked, but what becomes of the interface is told. */
  function forcedGuard(): Pick<Guard, "update"> {
    let state: GuardState = { state: "clear" };
    return {
      update({ obstacle }) {
        const isAccepted = obstacle === undefined || obstacle.why === "default-route";
        const next: GuardState = isAccepted
          ? { state: "clear" }
          : { state: "held", held: obstacle };
        if (whyHeld(next) !== whyHeld(state)) tellState(next, state);
        state = next;
      },
    };
  }

  function watch(watcher: Pick<Guard, "update">): void {
    watchInterfaces(host, (now) => watcher.update(factsOf(now, plan)), stopper.signal)
      .catch((error) => {
        failure = error;
        close();
      });
  }

  function tellState(state: GuardState, before: GuardState | undefined): void {
    const heldBefore = before?.state === "held" ? before.held : undefined;
    const over = heldBefore === undefined ? undefined : describeOver(heldBefore);
    if (state.state !== "held" && over !== undefined) {
      goal.onBootp({ event: "bootp-back", interface: name, reason: over });
    }
    switch (state.state) {
      case "checking":
        held = "the network is being looked at for another DHCP server";
        goal.onBootp({ event: "bootp-checking", interface: name, seconds: CHECK_MS / 1000 });
        return;
      case "clear":
        held = undefined;
        if (!goal.force) goal.onBootp({ event: "bootp-clear", interface: name });
        return;
      case "held": {
        const { reason, hint } = describeHeld(state.held, heldBefore);
        held = reason;
        goal.onBootp({ event: "bootp-held", interface: name, reason, hint });
      }
    }
  }

  async function openServer(): Promise<BootpServer> {
    return await orNamePort(SERVER_PORT, () =>
      startBootpServer(host, {
        responder: plan.responder,
        interfaceName: name,
        heldBecause: () => held,
        admit: goal.admit ?? (() => true),
        onOtherServer: (server) => guard?.heardOf(server),
        onUnsent: (error) => goal.onEvent(waitingBecause(error)),
        onEvent(event) {
          if (event.event === "bootp-client") silence.heard();
          goal.onBootp(event);
        },
        ...(goal.onBootpPacket === undefined ? {} : { onPacket: goal.onBootpPacket }),
      }));
  }

  async function orNamePort<T>(port: number, action: () => T): Promise<T> {
    try {
      return action();
    } catch (error) {
      throw await namePortOwner(host, error, port);
    }
  }

  function follow(event: TransferEvent): void {
    // The TFTP server's own thoughts about silence do not fit here.
    if (event.event === "waiting" && event.reason === "for-answer") return;
    goal.onEvent(event);
    if (event.event === "listening") return;
    // A boot loader with an address of its own asks for the file at once.
    if (event.event === "request") silence.heard();
    movedAt = host.now();
    if (event.event === "started") active.set(hostOf(event.peer), event.transfer);
    const isOver = event.event === "completed" || event.event === "failed" ||
      event.event === "size-asked";
    if (isOver) {
      for (const [client, transfer] of active) {
        if (transfer === event.transfer) active.delete(client);
      }
    }
    if (event.event === "completed" && event.name === main?.name && !goal.keep) deliver(event.name);
    if (!isDelivered) return;
    cancelQuiet();
    cancelQuiet = host.startTimer(active.size === 0 ? QUIET_MS : goal.tftp.giveUpMs, close);
  }

  /** A router that restarts and is answered again would load the same image for ever. */
  function deliver(image: string): void {
    if (isDelivered) return;
    isDelivered = true;
    guard?.close();
    bootp?.close();
    goal.onBootp({ event: "bootp-stopped", reason: `"${image}" was fetched` });
  }
}

function stopped(): UnbrickError {
  return new UnbrickError("interrupted", "Stopped");
}

/** Address of a peer written as "address:port". */
function hostOf(peer: string): string {
  return peer.slice(0, peer.lastIndexOf(":"));
}

function unsuitable(name: string, why: string): UnbrickError {
  return new UnbrickError("interface-unsuitable", `Not answering on "${name}": ${why}`, {
    hint: "Connect the router alone to a wired interface that leads nowhere else",
  });
}

function checkChoices({ wish, images, aliases, anyName }: BootpGoal): void {
  const served = [...images.map(({ name }) => name), ...aliases];
  for (const { className, name } of wish.choices) {
    if (anyName || served.includes(name)) continue;
    throw new UnbrickError("usage", `No file called "${name}" is served (--file ${className})`, {
      hint: "Name the file behind the image: unbrick bootp IMAGE FILE ...",
    });
  }
}

/** What the guard needs to know of the interfaces. */
function factsOf(interfaces: readonly NetworkInterface[], plan: BootpPlan): InterfaceFacts {
  const found = interfaces.find(({ name }) => name === plan.interfaceName);
  const others = interfaces.filter((each) => each !== found && each.kind !== "loopback");
  return {
    obstacle: obstacleOn(found, plan),
    networks: found === undefined ? [] : networksOf(found),
    otherNetworks: others.flatMap(networksOf),
  };
}

function obstacleOn(
  found: NetworkInterface | undefined,
  { address }: BootpPlan,
): Obstacle | undefined {
  if (found === undefined) return { why: "no-interface" };
  if (found.link === "no-carrier" || found.link === "disabled") return { why: "no-link" };
  if (!found.addresses.some((own) => own.address === address)) {
    return { why: "no-address", address };
  }
  return found.hasDefaultRoute ? { why: "default-route" } : undefined;
}

function networksOf({ addresses }: NetworkInterface): Ipv4Subnet[] {
  return addresses.map(({ address, prefixLength }) => ({
    address: parseIpv4(address)!,
    prefixLength,
  }));
}

function whyHeld(state: GuardState): string | undefined {
  return state.state === "held" ? state.held.why : undefined;
}
