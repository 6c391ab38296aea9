/**
 * Keeps within the Gmail API quota, so that Google never has to refuse: 12,000 calls of `messages.send` a minute for
 * the app and 60 for each account (developers.google.com/workspace/gmail/api/guides/quotas: the "Standard" tier, which
 * applies to all projects from 1 April 2027; usage above it is throttled, never charged).
 */

const MINUTE_MS = 60_000;
const FOR_ALL = 12_000;
const FOR_ONE = 60;

/** At most `most` in any 60 seconds. Times are in milliseconds. */
class MinuteWindow {
  readonly #latest: number[] = [];
  #next = 0;

  constructor(private readonly most: number) {}

  /** When the next one may go. */
  earliest(now: number): number {
    const oldest = this.#latest[this.#next];
    return oldest === undefined ? now : Math.max(now, oldest + MINUTE_MS);
  }

  take(at: number): void {
    this.#latest[this.#next] = at;
    this.#next = (this.#next + 1) % this.most;
  }
}

/** One budget for everything that a run sends. */
export class SendQuota {
  readonly #all = new MinuteWindow(FOR_ALL);
  readonly #accounts = new Map<string, MinuteWindow>();

  /** Reserves a place for a message from an account, and returns when it may go. */
  reserve(account: string, now: number): number {
    const window = this.#accounts.get(account) ?? new MinuteWindow(FOR_ONE);
    this.#accounts.set(account, window);
    const at = Math.max(this.#all.earliest(now), window.earliest(now));
    this.#all.take(at);
    window.take(at);
    return at;
  }
}
