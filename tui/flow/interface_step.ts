/**
 * Third step: which socket of this computer has the cable.
 *
 * @module
 */
import { isWired, type NetworkInterface } from "../../lib/net/interface.ts";
import { listInterfaces } from "../../lib/net/list_interfaces.ts";
import { watchInterfaces } from "../../lib/net/watch_interfaces.ts";
import { BACK, type Back } from "../ui.ts";
import { wrapText } from "../wrap_text.ts";
import type { FlowContext, Step, StepResult } from "./flow.ts";

const LINK_WORDS = {
  "up": "link up",
  "no-carrier": "no link",
  "disabled": "switched off in the system",
  "unknown": "link not known",
} as const;

/** Asks for the interface. */
export const interfaceStep: Step = async (context, state): Promise<StepResult> => {
  const { ui, host, log } = context;
  ui.heading("3 of 8: the network socket");
  ui.show("Plug the cable into this computer and into the router. Wi-Fi cannot do this.");
  for (;;) {
    const interfaces = (await listInterfaces(host)).filter(({ kind }) => kind !== "loopback");
    const usual = interfaces.filter(isWired);
    if (usual.length === 0) {
      ui.show("This computer shows no wired network socket. Plug in a USB network adapter.");
    }
    const others = interfaces.filter((each) => !isWired(each))
      .map((each) => ({ label: describeInterface(each), value: each }));
    const chosen = await ui.select<NetworkInterface | "watch" | "again">({
      id: "interface",
      message: "Which socket has the cable?",
      choices: [
        ...usual.map((each) => ({ label: describeInterface(each), value: each })),
        ...(usual.length === 0 ? others : []),
        { label: "Find out: I switch the router on and off once", value: "watch" },
        { label: "Look again", value: "again" },
        ...(usual.length === 0 ? [] : others),
      ],
    });
    if (chosen === BACK) return { go: "back" };
    if (chosen === "again") continue;
    const target = chosen === "watch" ? await findByToggle(context) : chosen;
    if (target === BACK) continue;
    log.add({ event: "interface", kind: target.kind, link: target.link });
    return { go: "next", state: { ...state, target } };
  }
};

/** One line for an interface. */
export function describeInterface(each: NetworkInterface): string {
  const kind = isWired(each) ? "wired" : each.kind;
  const addresses = each.addresses.map(({ address }) => address).join(" ");
  const shown = each.service ?? each.name;
  const internet = each.hasDefaultRoute ? "has the Internet" : "";
  return [shown, kind, LINK_WORDS[each.link], addresses, internet, each.description ?? ""]
    .filter((part) => part !== "").join(", ");
}

/** The first interface whose link changes while somebody looks. */
async function findByToggle(context: FlowContext): Promise<NetworkInterface | Back> {
  const { ui, host, signal } = context;
  const watching = new AbortController();
  const stop = (): void => watching.abort();
  signal.addEventListener("abort", stop);
  const before = new Map<string, NetworkInterface>();
  let current: readonly NetworkInterface[] = [];
  const finished = new Promise<NetworkInterface>((resolve, reject) => {
    watchInterfaces(host, (interfaces) => {
      current = interfaces.filter(({ kind }) => kind !== "loopback" && kind !== "wifi");
      for (const each of current) {
        const known = before.get(each.name);
        if (known !== undefined && known.link !== each.link) return resolve(each);
        before.set(each.name, each);
      }
    }, watching.signal).catch(reject);
  });
  try {
    const found = await ui.live({
      id: "interface-watch",
      view: ({ columns }) => [
        ...wrapText(
          "Switch the router on if it is off, or off if it is on. " +
            "The socket whose link changes is the one.",
          Math.min(columns, 90) - 1,
        ),
        "",
        ...current.map((each) => `  ${each.name}: ${LINK_WORDS[each.link]}`),
        "",
        "Esc: choose by hand",
      ],
      keys: () => [],
      finished,
    });
    if (found !== BACK) ui.show(`It is ${found.name}: its link has just changed.`);
    return found;
  } finally {
    stop();
    signal.removeEventListener("abort", stop);
  }
}
