/**
 * The wall clock, which people set, and the uptime, which nobody sets and which counts sleep: where the first was set,
 * the second shows by how much.
 */

/** A larger difference means that the clock was set, or that the computer slept; in milliseconds. */
export const STEP_MS = 30_000;

export class StepClock {
  /** The difference between the two, as of the last `takeStep`. */
  #difference: number;

  /** @param clock the uptime in milliseconds */
  constructor(private readonly clock: { now(): Date; uptime(): number }) {
    this.#difference = this.#now - clock.uptime();
  }

  get #now(): number {
    return this.clock.now().getTime();
  }

  /** The wall-clock time, as if nobody had set the clock since the last `takeStep`. */
  get time(): number {
    return this.clock.uptime() + this.#difference;
  }

  /** By how many milliseconds the clock was set since the last time; 0 if it was not. */
  takeStep(): number {
    const step = this.#now - this.time;
    if (Math.abs(step) <= STEP_MS) return 0;
    this.#difference += step;
    return step;
  }
}
