/** Plays histories of a watch, one for each seed: most in a few hours, some in a day and a half. */

import { expect, test } from '@jest/globals';
import { History, LONG, SHORT } from './watch-history.js';

/** Seeds that found a fault once: times that a power cut took back, a clock set by years or while a message left. */
const FOUND = {
  short: [174, 1079, 1564, 1880, 17290, 22871, 39266],
  long: [458, 627, 1480, 1702, 1727, 2074, 2648, 2878],
};
/** In some histories files must settle: for less than a look takes, and for longer. */
const SETTLE_MS = [0, 0, 2_000, 7 * 60_000] as const;
/** So many short ones for one long one. */
const LONG_EVERY = 250;

/**
 * `WATCH_RUNS=N` plays so many, and `WATCH_SEED=N` one again, short and long.
 *
 * @param runs how many of the short ones, where nothing else is asked for
 */
export function testHistories({ isRough, runs }: { isRough: boolean; runs: number }): void {
  const { WATCH_RUNS, WATCH_SEED } = process.env;
  const count = Number(WATCH_RUNS ?? runs);
  test.each([
    ['short', SHORT, count, FOUND.short],
    ['long', LONG, Math.ceil(count / LONG_EVERY), FOUND.long],
  ] as const)(
    'the %s ones keep every promise',
    async (_what, lengths, most, found) => {
      const seeds =
        WATCH_SEED === undefined
          ? new Set([...Array.from({ length: most }, (_, at) => at + 1), ...found])
          : [Number(WATCH_SEED)];
      const faults: unknown[] = [];
      const seen = { given: 0, givenUp: 0, unknown: 0, kills: 0, pauses: 0, delivered: 0 };
      for (const seed of seeds) {
        const isAsFound = lengths === LONG && FOUND.long.includes(seed);
        const settleMs = isAsFound ? 0 : (SETTLE_MS[seed % SETTLE_MS.length] ?? 0);
        const history = new History({ seed, isRough, lengths, settleMs });
        await history.run();
        if (history.faults.length > 0) faults.push({ WATCH_SEED: seed, faults: history.faults });
        for (const key of Object.keys(seen) as (keyof typeof seen)[]) {
          seen[key] += history.counts[key];
        }
      }
      expect(faults.slice(0, 5)).toEqual([]);
      // What never happens is not tested.
      if (WATCH_SEED !== undefined) return;
      const { kills, ...others } = seen;
      expect(Math.min(...Object.values(others), isRough ? kills : 1)).toBeGreaterThan(0);
    },
    3_600_000,
  );
}
