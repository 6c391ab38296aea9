/**
 * A folder of messages that wait to be sent. What became of each is where its file lies: `new`, `sending`, `sent`,
 * `refused` or `unknown`. A file is only ever renamed, so none is lost; and it leaves `new` for good before it is
 * handed over, so none is sent twice, wherever a run is killed.
 */

import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MailError } from '../errors.js';
import { flushFolder } from '../storage/durable-file.js';
import { type LockedFile, type LockFile, loadLockFile } from '../storage/kernel-lock.js';
import { storageError } from '../storage/storage-error.js';

/** Where a message lies. */
const PLACES = ['new', 'sending', 'sent', 'refused', 'unknown'] as const;
type Place = (typeof PLACES)[number];

/** Where runs say which message they have. */
const LOCKS = '.locks';

/** Where a message goes in the end; `later`: back to where it waits. */
export type Outcome = 'sent' | 'refused' | 'unknown' | 'later';

const PLACE_OF: Readonly<Record<Outcome, Place>> = {
  sent: 'sent',
  refused: 'refused',
  unknown: 'unknown',
  later: 'new',
};

/** A message that this run alone has, in `sending`. */
export interface Claim {
  readonly name: string;
  readonly path: string;
  /**
   * Moves the message to where it belongs, and lets go of it.
   *
   * @param reason for a refused one: written beside it as `NAME.json`
   * @throws MailError `storage`: it then stays in `sending`, and is never sent again by itself
   */
  end(outcome: Outcome, reason?: Readonly<Record<string, unknown>>): Promise<void>;
}

export class Spool {
  private constructor(
    private readonly folder: string,
    private readonly lockFile: LockFile,
  ) {}

  /**
   * Opens a spool; its inner folders are made where they are missing.
   *
   * @throws MailError `usage` if there is no such folder; `storage`
   */
  static async open(folder: string): Promise<Spool> {
    const found = await lstat(folder).catch(() => null);
    if (found?.isDirectory() !== true) throw noSpool(folder);
    try {
      for (const place of [...PLACES, LOCKS]) {
        await mkdir(join(folder, place), { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'EEXIST') throw error;
        });
      }
    } catch (error) {
      throw storageError(error, folder, 'written');
    }
    return new Spool(folder, await loadLockFile());
  }

  /**
   * The messages that wait, by name. Names that begin with a dot are left alone: programs write a file under such
   * a name, and rename it when it is whole.
   */
  async waiting(): Promise<string[]> {
    return this.#messagesIn('new');
  }

  /**
   * Moves what a killed run left in `sending` to `unknown`: it may have been sent.
   *
   * @returns the names
   */
  async recover(): Promise<string[]> {
    const found: string[] = [];
    for (const name of await this.#messagesIn('sending')) {
      const lock = this.#lock(name);
      // A living run has it.
      if (lock === null) continue;
      try {
        if (!(await this.#isThere('sending', name))) continue;
        await this.#move(name, 'sending', 'unknown');
        found.push(name);
      } finally {
        await lock.letGo();
      }
    }
    await this.#sweepLocks();
    return found;
  }

  /** Takes one message; null if another run has it, or had it. @throws MailError `storage` */
  async claim(name: string): Promise<Claim | null> {
    const lock = this.#lock(name);
    if (lock === null) return null;
    try {
      const isFree = await this.#isThere('new', name);
      // One of the same name whose fate is not settled yet: both would lie in the same place.
      if (!isFree || (await this.#isThere('sending', name))) {
        await lock.letGo();
        return null;
      }
      await this.#rename(name, 'new', 'sending', name);
    } catch (error) {
      await lock.letGo();
      throw error;
    }
    return {
      name,
      path: join(this.folder, 'sending', name),
      end: async (outcome, reason) => {
        try {
          await this.#move(name, 'sending', PLACE_OF[outcome], reason);
        } finally {
          await lock.letGo();
        }
      },
    };
  }

  async #move(
    name: string,
    from: Place,
    to: Place,
    reason?: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const free = await this.#freeName(to, name);
    // The message's place says that it was refused; on a full disk, the why is only told.
    if (reason !== undefined) await this.#explain(to, free, reason).catch(() => undefined);
    await this.#rename(name, from, to, free);
  }

  async #explain(place: Place, name: string, reason: Readonly<Record<string, unknown>>) {
    const folder = join(this.folder, place);
    const half = join(folder, `.${name}.json`);
    await writeFile(half, `${JSON.stringify(reason, null, 2)}\n`, { mode: 0o600 });
    await rename(half, join(folder, `${name}.json`));
  }

  /** On disk before this returns: after a power cut, no message is back where it waits that was handed over. */
  async #rename(name: string, from: Place, to: Place, newName: string): Promise<void> {
    const path = join(this.folder, from, name);
    try {
      await rename(path, join(this.folder, to, newName));
      await flushFolder(join(this.folder, to));
      await flushFolder(join(this.folder, from));
    } catch (error) {
      throw storageError(error, path, 'written');
    }
  }

  /** A name that nothing has there: an earlier message of the same name stays. */
  async #freeName(place: Place, name: string): Promise<string> {
    for (let count = 1; ; count += 1) {
      const free = count === 1 ? name : `${name}.${count}`;
      if (!(await this.#isThere(place, free))) return free;
    }
  }

  async #isThere(place: Place, name: string): Promise<boolean> {
    return (await lstat(join(this.folder, place, name)).catch(() => null)) !== null;
  }

  async #messagesIn(place: Place): Promise<string[]> {
    const path = join(this.folder, place);
    try {
      const entries = await readdir(path, { withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
        .map(({ name }) => name)
        .sort();
    } catch (error) {
      throw storageError(error, path, 'read');
    }
  }

  /** One lock a name, which the system frees when the run that has it ends, however it ends. */
  #lock(name: string): LockedFile | null {
    const key = createHash('sha256').update(name).digest('hex').slice(0, 32);
    return this.#lockAt(`${key}.lock`);
  }

  #lockAt(file: string): LockedFile | null {
    const path = join(this.folder, LOCKS, file);
    try {
      return this.lockFile(path, '');
    } catch (error) {
      throw storageError(error, path, 'locked');
    }
  }

  /** Removes the locks of killed runs. */
  async #sweepLocks(): Promise<void> {
    const entries = await readdir(join(this.folder, LOCKS)).catch(() => [] as string[]);
    for (const entry of entries.filter((one) => /^[0-9a-f]{32}\.lock$/.test(one))) {
      await this.#lockAt(entry)?.letGo();
    }
  }
}

function noSpool(folder: string): MailError {
  return new MailError(
    'usage',
    `--batch: there is no folder ${folder}.`,
    'Name the folder of the spool: the messages lie in the folder “new” inside it.',
  );
}
