/**
 * Lets promises and virtual time go on together.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import type { SimulatedNetwork } from "../../lib/simulator/network.ts";

/** Turns after which what is still not done never will be. */
const MOST_STEPS = 100_000;

/** Virtual events, and virtual time, between two turns of everything that waits for a promise. */
const STEPS_A_TURN = 100;
const MS_A_TURN = 50;

/** Lets time pass on a network until the promise settles. */
export async function settleInVirtualTime<Result>(
  network: SimulatedNetwork,
  promise: Promise<Result>,
): Promise<Result> {
  let isSettled = false;
  const settled = promise.finally(() => isSettled = true);
  settled.catch(() => {});
  for (let steps = 0; !isSettled; steps++) {
    if (steps > MOST_STEPS) throw new Error("this waits for something that never comes");
    await new Promise((resolve) => setImmediate(resolve));
    // Time may only jump when everything that waits for a promise has had its turn.
    network.timeline.step();
    const until = network.now + MS_A_TURN;
    for (let step = 1; step < STEPS_A_TURN && !isSettled; step++) {
      if ((network.timeline.nextAt ?? Infinity) > until) break;
      network.timeline.step();
    }
  }
  return await settled;
}
