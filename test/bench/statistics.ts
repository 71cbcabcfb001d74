/**
 * What can be said of a share and of a spread that were measured.
 *
 * @module
 */

/** A share with the interval that holds the true one in 95 of 100 cases. */
export interface Share {
  /** Successes by trials, 0 to 1. */
  readonly share: number;
  /** Lower end of the interval. */
  readonly low: number;
  /** Upper end of the interval. */
  readonly high: number;
}

/** Standard deviations of a normal distribution that hold 95 %. */
const Z = 1.96;

/** Wilson's interval, which stays sensible near 0 and 100 %. */
export function wilson(successes: number, trials: number): Share {
  if (trials === 0) return { share: 0, low: 0, high: 1 };
  const share = successes / trials;
  const spread = Z * Z / trials;
  const centre = share + spread / 2;
  const half = Z * Math.sqrt(share * (1 - share) / trials + spread / (4 * trials));
  const low = Math.max(0, (centre - half) / (1 + spread));
  return { share, low, high: Math.min(1, (centre + half) / (1 + spread)) };
}

/** The value below which that share of all values lies (nearest rank); undefined of none. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
