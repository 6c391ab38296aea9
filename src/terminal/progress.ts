/** The progress of a run over many things, in one line: a bar, the rate, and the time left. */

import { timeLeft } from './waiting.js';

const CELLS = 24;

/** @param elapsedMs since the run started, in milliseconds */
export function progressText(done: number, total: number, elapsedMs: number): string {
  const share = total === 0 ? 1 : done / total;
  const full = Math.round(share * CELLS);
  const bar = '█'.repeat(full) + '░'.repeat(CELLS - full);
  const perSecond = done / Math.max(elapsedMs / 1000, 0.001);
  const rate = perSecond >= 10 ? Math.round(perSecond).toString() : perSecond.toFixed(1);
  const left =
    done === 0
      ? ''
      : `, ${rate} a second, ${timeLeft(new Date(((total - done) / perSecond) * 1000), 0)} left`;
  return `${bar} ${done} of ${total}${left}`;
}
