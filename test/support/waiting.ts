/**
 * Waiting for something that can be seen, never for time to pass.
 *
 * @module
 */

/**
 * After this long without what was waited for, the test fails. Never reached when all is well, on a
 * slow and busy computer either.
 */
export const DEADLINE_MS = 120_000;

/** Pause between two looks at something that gives no sign by itself. */
const LOOK_MS = 5;

/** Looks again and again until `look` returns a value. Throws when it never does. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const deadline = performance.now() + DEADLINE_MS;
  while (true) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > deadline) throw new Error(`Waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Settles as `promise` does, but fails with `describe()` when that takes too long. */
export async function withDeadline<T>(promise: Promise<T>, describe: () => string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited in vain for ${describe()}`)), DEADLINE_MS);
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
