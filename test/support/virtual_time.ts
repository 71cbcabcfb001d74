/**
 * Lets promises and virtual time go on together.
 *
 * @module
 */
import type { SimulatedNetwork } from "../../lib/simulator/network.ts";

/** Virtual events after which what is still not done never will be. */
const MOST_STEPS = 3_000_000;

/** Virtual events between two turns of everything that waits for a promise. */
const STEPS_A_TURN = 100;

/** Lets time pass on a network until the promise settles. */
export async function settleInVirtualTime<Result>(
  network: SimulatedNetwork,
  promise: Promise<Result>,
): Promise<Result> {
  let isSettled = false;
  const settled = promise.finally(() => isSettled = true);
  settled.catch(() => {});
  for (let steps = 0; !isSettled; steps += STEPS_A_TURN) {
    if (steps > MOST_STEPS) throw new Error("this waits for something that never comes");
    await new Promise((resolve) => setTimeout(resolve, 0));
    for (let step = 0; step < STEPS_A_TURN && !isSettled; step++) network.timeline.step();
  }
  return await settled;
}
