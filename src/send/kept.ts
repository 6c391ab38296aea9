/**
 * What a watch put into `sent`, and when: it deletes only those messages, a while later. Written right before a message
 * is moved there, so that a kill never leaves one that nothing deletes.
 */

import { join } from 'node:path';
import { isObject, parseJson } from '../text/json.js';
import { type Disk, type Look, textOf } from './disk.js';
import type { StepClock } from './step-clock.js';

const FILE = '.kept';

/** Milliseconds since 1970, and the inode: another file of that name is not the watch's. */
interface Entry {
  readonly at: number;
  readonly ino: number;
}

export class Kept {
  readonly #path: string;
  /** Oldest first. */
  #entries = new Map<string, Entry>();
  /** Whether the file on disk is out of date. */
  #isDirty = false;

  /**
   * @param clock whose steps are passed on to `shift`
   * @throws MailError `storage`
   */
  constructor(
    private readonly disk: Disk,
    folder: string,
    private readonly clock: StepClock,
  ) {
    this.#path = join(folder, FILE);
    const now = clock.time;
    for (const line of textOf(this.#path, disk).split('\n')) {
      const value = parseJson(line);
      if (!isObject(value)) continue;
      const { name, at, ino } = value;
      if (typeof name !== 'string' || typeof at !== 'number' || typeof ino !== 'number') continue;
      // A later time was written by a wrong clock.
      this.#put(name, { at: Math.min(at, now), ino });
    }
  }

  /** Never fails: if the disk is full, it is written later. */
  add(name: string, { ino }: Look): void {
    // If the clock has just been set, `shift` will move this time along with the others.
    const at = this.clock.time;
    this.#put(name, { at, ino });
    try {
      this.disk.append(this.#path, line(name, { at, ino }));
    } catch {
      this.#isDirty = true;
    }
  }

  /** The messages that were put there before a time. */
  *before(time: number): Generator<readonly [name: string, ino: number]> {
    for (const [name, { at, ino }] of this.#entries) {
      if (at > time) return;
      yield [name, ino];
    }
  }

  forget(name: string): void {
    this.#isDirty = this.#entries.delete(name) || this.#isDirty;
  }

  /** Keeps the messages' ages right after the clock was set. */
  shift(ms: number): void {
    this.#entries = new Map(
      Array.from(this.#entries, ([name, { at, ino }]) => [name, { at: at + ms, ino }]),
    );
    this.#isDirty = true;
  }

  /** @throws the system's own error */
  save(): void {
    if (!this.#isDirty) return;
    const lines = Array.from(this.#entries, ([name, entry]) => line(name, entry));
    this.disk.write(`${this.#path}.tmp`, lines.join(''));
    this.disk.rename(`${this.#path}.tmp`, this.#path);
    this.#isDirty = false;
  }

  #put(name: string, entry: Entry): void {
    this.#entries.delete(name);
    this.#entries.set(name, entry);
  }
}

const line = (name: string, entry: Entry) => `${JSON.stringify({ name, ...entry })}\n`;
