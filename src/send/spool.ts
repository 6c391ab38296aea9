/**
 * A folder of messages to be sent. Where a file is says what became of its message: `new`, `sending`, `sent`, `refused`
 * or `unknown`. A message leaves `new` for good before it is handed over, so none is sent twice, wherever a run is
 * killed.
 */

import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { MailError } from '../errors.js';
import { countMessages, ENVELOPE, mayBeMessage, REASON, WATCH_FILE } from '../kit/spools.js';
import type { LockedFile } from '../storage/kernel-lock.js';
import { type LockHolder, parseHolder } from '../storage/lock-holder.js';
import { storageError } from '../storage/storage-error.js';
import { isInUse } from '../storage/until-free.js';
import { type Disk, isSameLook, type Look, systemDisk } from './disk.js';
import { readEnvelope, type SpoolEnvelope } from './envelope.js';
import { shownName } from './file-names.js';
import { isReason, type Place, SpoolFolders } from './folders.js';
import type { Outcome } from './outcome.js';
import type { SpoolOwner } from './owner.js';
import { Settling } from './settling.js';

const PLACE_OF: Readonly<Record<Outcome, Place>> = {
  sent: 'sent',
  refused: 'refused',
  unknown: 'unknown',
  later: 'new',
};

export interface SpoolOptions {
  readonly owner: SpoolOwner;
  /** For how long a file must have been unchanged, in milliseconds: one that is still being written is skipped. */
  readonly settleMs: number;
  now(): Date;
  /** A clock that is never set, in milliseconds. Default: this process's. */
  readonly uptime?: () => number;
  /** Default: this computer's. */
  readonly disk?: Disk;
  /** Called right before a sent message is moved to `sent`, with its name there. Must not fail. */
  readonly onSent?: (name: string, look: Look) => void;
}

/** What is in `new`. */
export interface Waiting {
  /** Names, in sending order: those first that have waited longest since they arrived or were last tried. */
  readonly ready: readonly string[];
  /** How these files look, and those that may still be being written. */
  readonly looks: ReadonlyMap<string, Look>;
  /** How many files may still be being written. */
  readonly unsettled: number;
  /** Files that can't be handled as messages, and why. */
  readonly unusable: readonly { readonly name: string; readonly error: MailError }[];
}

/** How many messages are in the folders. */
export interface Lying {
  readonly waiting: number;
  readonly inRefused: number;
  readonly inUnknown: number;
}

/** A message that this run alone may touch: in `new` until it is handed over, then in `sending`. */
export interface Claim {
  readonly name: string;
  /** How the file looked when it was claimed. */
  readonly look: Look;
  /** Where it lies until it is handed over. */
  readonly path: string;
  /** @throws MailError as `readEnvelope` does */
  envelope(): Promise<SpoolEnvelope | null>;
  /**
   * Takes it out of `new` for good: from then on it may have been sent.
   *
   * @returns false if the file has changed since it was claimed: it is then where it was
   * @throws MailError `storage`, `site-busy`
   */
  handOver(): Promise<boolean>;
  /** Whether the file in `new` is still the one that was claimed; true once it was handed over. */
  isUnchanged(): boolean;
  /**
   * Puts it back into `new`, once it is proven that it was not sent.
   *
   * @returns false if another message has taken its place: this one then has a new name, and any run may claim it
   */
  takeBack(): Promise<boolean>;
  /**
   * Moves the message to where it belongs, and releases it.
   *
   * @param reason why it was refused
   * @throws MailError `storage`, `site-busy`: one that was handed over then stays in `sending`, and is never sent again
   *   automatically
   */
  end(outcome: Outcome, reason?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Ends as `later`, and lets the others go first the next time. */
  putOff(): Promise<void>;
}

/** A message that was refused, or may have been sent. */
export interface PutAside {
  readonly place: 'unknown' | 'refused';
  readonly name: string;
  /** Some of its recipients got it. */
  readonly wasSentToSome: boolean;
}

export class Spool {
  /** When this run put messages off: the times of their files don't always show it. */
  readonly #putOff = new Map<string, { readonly ino: number; readonly ms: number }>();

  /** The latest time of a waiting message: in the future if the clock was set back. */
  #latestMs = 0;

  private constructor(
    private readonly folders: SpoolFolders,
    private readonly settling: Settling,
    private readonly now: () => Date,
    private readonly site: string,
    private readonly onSent: SpoolOptions['onSent'],
  ) {}

  /** @throws MailError as `SpoolFolders.open` does */
  static async open(folder: string, options: SpoolOptions): Promise<Spool> {
    const { owner, settleMs, now, onSent, uptime } = options;
    const disk = options.disk ?? (await systemDisk());
    const folders = await SpoolFolders.open(folder, owner, disk);
    return new Spool(folders, new Settling(settleMs, now, uptime), now, owner.site, onSent);
  }

  /** Looks once, without waiting. @throws MailError `storage` */
  waiting(): Waiting {
    const { names, badNames } = this.folders.entries('new');
    const there = new Set(names);
    this.settling.keep(there);
    for (const name of this.#putOff.keys()) if (!there.has(name)) this.#putOff.delete(name);
    const ready: { readonly name: string; readonly mtimeMs: number }[] = [];
    const looks = new Map<string, Look>();
    const unusable = badNames.map((name) => ({ name, error: badName(this.#inNew(name)) }));
    let unsettled = 0;
    for (const name of names.filter(mayBeMessage)) {
      const found = this.folders.look('new', name);
      // Another run has taken it.
      if (found === null) continue;
      if (!found.isFile()) {
        unusable.push({ name, error: noFile(this.#inNew(name)) });
        continue;
      }
      looks.set(name, found);
      // A message with an envelope is put there whole, after its envelope.
      if (there.has(name + ENVELOPE) || this.settling.isSettled(name, found)) {
        const { ino, ms = 0 } = this.#putOff.get(name) ?? {};
        const mtimeMs = ino === found.ino ? Math.max(ms, found.mtimeMs) : found.mtimeMs;
        ready.push({ name, mtimeMs });
      } else unsettled += 1;
    }
    ready.sort((one, other) => one.mtimeMs - other.mtimeMs || (one.name < other.name ? -1 : 1));
    this.#latestMs = ready.at(-1)?.mtimeMs ?? 0;
    return { ready: ready.map(({ name }) => name), looks, unsettled, unusable };
  }

  /** @throws MailError `storage` */
  lying(): Lying {
    const count = (place: Place) => {
      const { names, badNames } = this.folders.entries(place);
      return countMessages(names, place === 'refused') + badNames.length;
    };
    return { waiting: count('new'), inRefused: count('refused'), inUnknown: count('unknown') };
  }

  /**
   * Moves what killed runs left in `sending` to `unknown`: it may have been sent.
   *
   * @returns the names of these messages
   * @throws MailError `storage`, `site-busy`
   */
  async recover(): Promise<string[]> {
    const left: string[] = [];
    for (const entry of this.folders.entries('sending').names) {
      const name = entry.endsWith(ENVELOPE) ? entry.slice(0, -ENVELOPE.length) : entry;
      const lock = this.#lock(name);
      // A living run has it.
      if (lock === null) continue;
      try {
        const found = this.folders.look('sending', name);
        // The run was killed right after it had moved the message.
        if (found === null) this.folders.delete('sending', name + ENVELOPE);
        else if (entry === name && found.isFile()) {
          this.folders.forgetCopy(name);
          await this.folders.move(name, 'sending', 'unknown');
          left.push(name);
        }
      } finally {
        await lock.letGo();
      }
    }
    for (const file of this.folders.locks()) await this.#lockAt(file)?.letGo();
    return left;
  }

  /** Claims one message; null if another run has it, or has dealt with it. @throws MailError `storage` */
  async claim(name: string): Promise<Claim | null> {
    const lock = this.#lock(name);
    if (lock === null) return null;
    try {
      const look = this.folders.look('new', name);
      // If a killed run left one of the same name in `sending`, both would end up in the same place.
      const isFree = look?.isFile() === true && this.folders.look('sending', name) === null;
      if (isFree) return this.#claimed(name, look, lock);
    } catch (error) {
      await lock.letGo();
      throw error;
    }
    await lock.letGo();
    return null;
  }

  #claimed(name: string, look: Look, lock: LockedFile): Claim {
    const { folders } = this;
    const path = folders.at('new', name);
    let place: 'new' | 'sending' = 'new';
    const takeBack = async () => {
      if (place === 'new') return true;
      const back = await folders.move(name, 'sending', 'new');
      place = 'new';
      return back === name;
    };
    const ending = async (work: () => Promise<unknown>) => {
      try {
        await work();
      } finally {
        await lock.letGo();
      }
    };
    return {
      name,
      look,
      path,
      envelope: async () => readEnvelope(path + ENVELOPE, this.site, folders.disk),
      handOver: async () => {
        if (place === 'sending') return true;
        if (!(await folders.moveUnchanged(name, look))) return false;
        place = 'sending';
        await folders.flush('sending', 'new');
        return true;
      },
      takeBack,
      isUnchanged: () => {
        if (place === 'sending') return true;
        const now = folders.look('new', name);
        return now !== null && isSameLook(now, look);
      },
      end: (outcome, reason) =>
        ending(() =>
          outcome === 'later'
            ? takeBack()
            : folders.move(name, place, PLACE_OF[outcome], reason, (newName) => {
                if (outcome === 'sent') this.onSent?.(newName, look);
              }),
        ),
      putOff: () =>
        ending(async () => {
          if (await takeBack()) this.#moveToEnd(name, look);
        }),
    };
  }

  /** Sets the time of its file as well, which other runs go by. */
  #moveToEnd(name: string, { ino }: Look): void {
    const whole = this.now().getTime() - this.settling.ms;
    const ms = Math.max(whole, this.#latestMs + 1);
    this.#latestMs = ms;
    this.#putOff.set(name, { ino, ms });
    try {
      // A later time would make it look as if it were being written.
      this.folders.disk.setTime(this.folders.at('new', name), this.settling.ms > 0 ? whole : ms);
    } catch {
      // The file is another user's: only this run knows that it has been put off.
    }
  }

  /**
   * Finds a message that may be put back.
   *
   * @param wanted its name, or `unknown/NAME` or `refused/NAME`
   * @throws MailError `usage` if there is none of that name, or one in both folders
   */
  putAside(wanted: string): PutAside {
    const [, named, name = wanted] = /^(unknown|refused)[/\\](.*)$/s.exec(wanted) ?? [];
    const isName = name !== '' && mayBeMessage(name) && !/[/\0]/.test(name);
    const places = (['unknown', 'refused'] as const).filter(
      (place) =>
        isName &&
        (named === undefined || named === place) &&
        this.folders.look(place, name)?.isFile() === true &&
        !isReason(place, name, (of) => this.folders.look(place, of) !== null),
    );
    const [place] = places;
    if (place === undefined || places.length > 1) throw notOneMessage(wanted, places.length);
    return { place, name, wasSentToSome: place === 'refused' && this.#wasSentToSome(name) };
  }

  /**
   * Puts a message back, with its envelope: the next run sends it.
   *
   * @returns its name in `new`
   * @throws MailError `storage`, `site-busy`
   */
  async putBack({ place, name }: PutAside): Promise<string> {
    const back = await this.folders.move(name, place, 'new');
    if (place === 'refused') this.folders.delete('refused', name + REASON);
    await this.#forgetSince(back);
    return back;
  }

  /**
   * Adds a message with its envelope, the envelope first.
   *
   * @returns its name; both are on disk
   * @throws MailError `storage`: nothing of it is left behind
   */
  async put(
    pieces: readonly Buffer[],
    envelope: SpoolEnvelope,
    place: 'new' | 'unknown',
  ): Promise<string> {
    const time = this.now().toISOString().replace(/[-:.]/g, '');
    const name = `${time}-${randomBytes(8).toString('hex')}.eml`;
    await this.folders.put(place, name, Buffer.concat(pieces), `${JSON.stringify(envelope)}\n`);
    return name;
  }

  /** Marks the spool as watched by this run; null if another one is watching it. @throws MailError `storage` */
  lockForWatch(holder: string): LockedFile | null {
    return this.#lockAt('watch', holder);
  }

  /** The run that is watching the spool, according to its lock; null if that can't be read. */
  watcher(): LockHolder | null {
    try {
      const { disk } = this.folders;
      return parseHolder(disk.readStart(this.folders.lockPath('watch'), 4_096)?.toString() ?? null);
    } catch {
      return null;
    }
  }

  /** Deletes a message from `sent`, if it is still the same file. @throws MailError `storage` */
  deleteSent(name: string, ino: number): void {
    if (this.folders.look('sent', name)?.ino !== ino) return;
    this.folders.delete('sent', name);
    this.folders.delete('sent', name + ENVELOPE);
  }

  /**
   * Restarts the message's waiting time. A running watch has noticed by itself, and the file is the watch's to write.
   */
  async #forgetSince(name: string): Promise<void> {
    const { disk, root } = this.folders;
    const path = join(root, WATCH_FILE);
    let lock: LockedFile | null = null;
    try {
      lock = this.lockForWatch('');
      if (lock === null) return;
      const state = JSON.parse(disk.read(path).toString());
      delete state.seen[name];
      disk.write(`${path}.tmp`, `${JSON.stringify(state)}\n`);
      disk.rename(`${path}.tmp`, path);
      await disk.flushFolder(root);
    } catch {
      // There has never been a watch here.
    } finally {
      await lock?.letGo();
    }
  }

  #wasSentToSome(name: string): boolean {
    try {
      const reason = this.folders.disk.read(this.folders.at('refused', name + REASON));
      return JSON.parse(reason.toString()).sent === 'partly';
    } catch {
      return false;
    }
  }

  #inNew(name: string): string {
    return shownName(join(this.folders.root, 'new', name));
  }

  /** One lock per name; the system frees it when the run that has it ends, however it ends. */
  #lock(name: string): LockedFile | null {
    const key = createHash('sha256').update(name).digest('hex').slice(0, 32);
    return this.#lockAt(`${key}.lock`);
  }

  #lockAt(file: string, content = ''): LockedFile | null {
    const path = this.folders.lockPath(file);
    try {
      return this.folders.disk.lockFile(path, content);
    } catch (error) {
      // Another run is just releasing it.
      if (isInUse(error)) return null;
      throw storageError(error, shownName(path), 'locked');
    }
  }
}

function badName(path: string): MailError {
  return new MailError(
    'storage',
    `${path} was left where it is: its name is not UTF-8.`,
    'It was not sent. Give the file another name, then run the same command again.',
  );
}

function noFile(path: string): MailError {
  return new MailError(
    'storage',
    `${path} was left where it is: it is not a file but a folder, a link or something else.`,
    'It was not sent. Put the message there itself, as a file.',
  );
}

function notOneMessage(wanted: string, count: number): MailError {
  return new MailError(
    'usage',
    count > 1
      ? `--again: ${shownName(wanted)} lies in both folders, "unknown" and "refused".`
      : `--again: no message of the name ${shownName(wanted)} lies in "unknown" or "refused".`,
    count > 1
      ? 'Nothing was changed. Name it with its folder: unknown/NAME or refused/NAME.'
      : 'Nothing was changed. Look in these folders for its name: it may have got a random ending there.',
  );
}
