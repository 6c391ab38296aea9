/** Whether a file is complete: its time, or two looks at it, show that it has not changed for a while. */

import { type Found, isSameLook, type Look } from './disk.js';

export class Settling {
  /** By name: how a file looked, and since when, by the clock that is never set. */
  readonly #looks = new Map<string, Look & { readonly since: number }>();

  /**
   * @param ms for how long a file must have been unchanged; 0 if every file is complete
   * @param uptime the clock that is never set, in milliseconds
   */
  constructor(
    readonly ms: number,
    private readonly now: () => Date,
    private readonly uptime = () => performance.now(),
  ) {}

  isSettled(name: string, found: Found): boolean {
    if (this.ms === 0) return true;
    const now = this.now().getTime();
    const { ino, size, mtimeMs, ctimeMs } = found;
    // A time in the future was set, or comes from another computer; ctime says when it was set.
    if (now - (mtimeMs > now ? ctimeMs : mtimeMs) >= this.ms) return true;
    const before = this.#looks.get(name);
    if (before !== undefined && isSameLook(before, found)) {
      return this.uptime() - before.since >= this.ms;
    }
    this.#looks.set(name, { ino, size, mtimeMs, since: this.uptime() });
    return false;
  }

  /** Forgets all files but these. */
  keep(names: ReadonlySet<string>): void {
    for (const name of this.#looks.keys()) if (!names.has(name)) this.#looks.delete(name);
  }
}
