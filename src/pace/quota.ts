/**
 * The quota of the Gmail API, kept beforehand, so that Google never has to refuse: of `messages.send`, 12,000 a minute
 * for the app and 60 for each account (developers.google.com/workspace/gmail/api/reference/quota, since 1 May 2026).
 */

const MINUTE_MS = 60_000;
const FOR_ALL = 12_000;
const FOR_ONE = 60;

/** At most so many in any minute, whenever it begins. Times are in milliseconds. */
class MinuteWindow {
  readonly #latest: number[] = [];
  #next = 0;

  constructor(private readonly most: number) {}

  /** When the next one may go, from `now` on. */
  earliest(now: number): number {
    const oldest = this.#latest[this.#next];
    return oldest === undefined ? now : Math.max(now, oldest + MINUTE_MS);
  }

  /** Takes the next place. */
  take(at: number): void {
    this.#latest[this.#next] = at;
    this.#next = (this.#next + 1) % this.most;
  }
}

/** One budget for all that a run sends. */
export class SendQuota {
  readonly #all = new MinuteWindow(FOR_ALL);
  readonly #accounts = new Map<string, MinuteWindow>();

  /** Takes a place for a message of an account, and says when it may go. */
  reserve(account: string, now: number): number {
    const window = this.#accounts.get(account) ?? new MinuteWindow(FOR_ONE);
    this.#accounts.set(account, window);
    const at = Math.max(this.#all.earliest(now), window.earliest(now));
    this.#all.take(at);
    window.take(at);
    return at;
  }
}
