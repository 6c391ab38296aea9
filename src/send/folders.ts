/**
 * The folders of a spool, and the moves between them. A file is only ever renamed, and to an unused name, so none is
 * lost or overwritten. A move is on disk when it returns, unless it says otherwise.
 *
 * A message's envelope is always next to it: it is copied ahead of the message, and the original is deleted afterwards.
 */

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MailError } from '../errors.js';
import { ENVELOPE, isReasonOf, REASON } from '../kit/spools.js';
import { temporaryPath } from '../storage/durable-file.js';
import { errnoOf, storageError } from '../storage/storage-error.js';
import { untilFree } from '../storage/until-free.js';
import { type Disk, type Found, isSameLook, type Look } from './disk.js';
import { freeName, nameOf, shownName } from './file-names.js';
import { requireOwner, type SpoolOwner, writeOwner } from './owner.js';

const PLACES = ['new', 'sending', 'sent', 'refused', 'unknown'] as const;
export type Place = (typeof PLACES)[number];

/** Where runs lock the messages that they are working on. */
const LOCKS = '.locks';

/** How often, and for how long, a move is retried while another run is moving a file. */
const TURN_POLL_MS = 2;
const TURN_WAIT_MS = 15_000;

/** Whether a file is the reason file of a refused message in the same folder. */
export function isReason(place: Place, name: string, isThere: (name: string) => boolean): boolean {
  return place === 'refused' && isReasonOf(name, isThere);
}

/** The names in a folder. Those that are not UTF-8 are listed apart, as they look when decoded. */
export interface Entries {
  readonly names: readonly string[];
  readonly badNames: readonly string[];
}

export class SpoolFolders {
  /** Messages that have left `new` without their envelopes, which another program had open. */
  readonly #left = new Set<string>();

  private constructor(
    readonly root: string,
    readonly disk: Disk,
  ) {}

  /**
   * Opens a spool: creates the inner folders that are missing, and tries them out.
   *
   * @throws MailError `usage` if there is no such folder; `invalid-settings` if it has another owner, and then nothing
   *   is changed; `storage`, `site-busy`
   */
  static async open(root: string, owner: SpoolOwner, disk: Disk): Promise<SpoolFolders> {
    if (!(await disk.isFolder(root))) throw noSpool(root);
    const isFree = requireOwner(root, owner, disk) === 'free';
    const folders = new SpoolFolders(root, disk);
    try {
      for (const place of [...PLACES, LOCKS]) await disk.makeFolder(join(root, place));
    } catch (error) {
      throw storageError(error, shownName(root), 'written');
    }
    await folders.#inTurn(root, () => {
      if (isFree && requireOwner(root, owner, disk) === 'free') writeOwner(root, owner, disk);
      folders.#tryOut();
    });
    if (isFree) await disk.flushFolder(root);
    return folders;
  }

  at(place: Place, name: string): string {
    return join(this.root, place, name);
  }

  lockPath(file: string): string {
    return join(this.root, LOCKS, file);
  }

  /** What is there; null if nothing is, or if the name is too long for anything to be. */
  look(place: Place, name: string): Found | null {
    const path = this.at(place, name);
    try {
      return this.disk.look(path);
    } catch (error) {
      throw storageError(error, shownName(path), 'read');
    }
  }

  /** All except hidden files. @throws MailError `storage` */
  entries(place: Place): Entries {
    const path = join(this.root, place);
    try {
      const all = this.disk
        .names(path)
        .map((bytes) => ({ name: nameOf(bytes), looks: bytes.toString() }))
        .filter(({ looks }) => !looks.startsWith('.'));
      return {
        names: all.flatMap(({ name }) => name ?? []),
        badNames: all.flatMap(({ name, looks }) => (name === null ? looks : [])),
      };
    } catch (error) {
      throw storageError(error, shownName(path), 'read');
    }
  }

  /** The file names of the messages' locks. */
  locks(): string[] {
    const path = join(this.root, LOCKS);
    try {
      return this.disk
        .names(path)
        .map(String)
        .filter((one) => /^[0-9a-f]{32}\.lock$/.test(one));
    } catch (error) {
      throw storageError(error, shownName(path), 'read');
    }
  }

  /**
   * Moves a message, and its envelope.
   *
   * @param reason why it is refused: written next to it
   * @param before called right before the move, with the new name
   * @returns its new name
   * @throws MailError `storage`, `site-busy`: the message is then where it was
   */
  async move(
    name: string,
    from: Place,
    to: Place,
    reason?: Readonly<Record<string, unknown>>,
    before?: (newName: string) => void,
  ): Promise<string> {
    const half = reason === undefined ? null : this.#writeReason(reason);
    try {
      if (from === 'sending') await this.#forgetLeft(name, this.at(from, name + ENVELOPE));
      const newName = await this.#inTurn(this.at(from, name), () => {
        const hasEnvelope = this.look(from, name + ENVELOPE) !== null;
        const beside = [...(to === 'refused' ? [REASON] : []), ...(hasEnvelope ? [ENVELOPE] : [])];
        const free = freeName(name, beside, (one) => this.#isFree(to, one));
        before?.(free);
        this.#carry(from, name, to, free);
        // The folder already says that it was refused; if the disk is full, the reason is only reported.
        if (half !== null) quietly(() => this.disk.rename(half, this.at(to, free + REASON)));
        return free;
      });
      await this.flush(to, from);
      await this.#forgetLeft(name, this.at(to, newName + ENVELOPE));
      return newName;
    } finally {
      // Still there only if it could not be put next to the message.
      if (half !== null) quietly(() => this.disk.remove(half));
    }
  }

  /**
   * Moves a message to `sending` under the same name, if it is still the file that was looked at: another may have
   * taken its place. Leaves flushing to the caller.
   *
   * @returns false if it is not: it is then where it was
   * @throws MailError as `move` does
   */
  async moveUnchanged(name: string, look: Look): Promise<boolean> {
    let isMoved = false;
    return this.#inTurn(this.at('new', name), () => {
      // Not repeated when a later step found a file in use and everything here runs again.
      if (!isMoved) {
        // Somebody took it away.
        if (this.look('new', name) === null) return false;
        // Left by an earlier message of that name.
        this.delete('sending', name + ENVELOPE);
        this.#carry('new', name, 'sending', name);
        isMoved = true;
      }
      const moved = this.look('sending', name);
      if (moved !== null && isSameLook(moved, look)) return true;
      if (this.#left.has(name)) this.#forget(name, this.at('sending', name + ENVELOPE));
      this.#carry('sending', name, 'new', name);
      return false;
    });
  }

  /** Adds a new message, its envelope first. Both are on disk when it returns. @throws MailError `storage` */
  async put(place: Place, name: string, message: Buffer, envelope: string): Promise<void> {
    const path = this.at(place, name);
    const halves = [temporaryPath(path + ENVELOPE), temporaryPath(path)] as const;
    try {
      this.disk.write(halves[0], envelope, { isNew: true });
      this.disk.write(halves[1], message, { isNew: true });
      this.disk.rename(halves[0], path + ENVELOPE);
      this.disk.rename(halves[1], path);
      await this.disk.flushFolder(join(this.root, place));
    } catch (error) {
      for (const left of [...halves, path, path + ENVELOPE]) {
        quietly(() => this.disk.remove(left));
      }
      throw storageError(error, shownName(path), 'written');
    }
  }

  /** So that a message that was handed over is not back in `new` after a power cut. */
  async flush(to: Place, from: Place): Promise<void> {
    try {
      await this.disk.flushFolder(join(this.root, to));
      await this.disk.flushFolder(join(this.root, from));
    } catch (error) {
      throw storageError(error, shownName(join(this.root, to)), 'written');
    }
  }

  delete(place: Place, name: string): void {
    const path = this.at(place, name);
    try {
      this.disk.remove(path);
    } catch (error) {
      // Nothing can have a name that long.
      if (errnoOf(error) === 'ENAMETOOLONG') return;
      throw storageError(error, shownName(path), 'deleted');
    }
  }

  /** Deletes the envelope in `new` that was left by a run killed right after it had moved the message. */
  forgetCopy(name: string): void {
    quietly(() => this.#forget(name, this.at('sending', name + ENVELOPE)));
  }

  /** The same for an envelope that this run left: a later message of that name would go to its recipients. */
  async #forgetLeft(name: string, copy: string): Promise<void> {
    if (!this.#left.has(name)) return;
    await untilFree(() => this.#forget(name, copy)).catch(() => undefined);
  }

  #forget(name: string, copy: string): void {
    const left = this.at('new', name + ENVELOPE);
    const isThere = this.look('new', name + ENVELOPE) !== null;
    const isCopy =
      isThere &&
      this.look('new', name) === null &&
      this.disk.read(left).equals(this.disk.read(copy));
    if (isCopy) this.disk.remove(left);
    this.#left.delete(name);
  }

  #carry(from: Place, name: string, to: Place, newName: string): void {
    const [envelope, copy] = [this.at(from, name + ENVELOPE), this.at(to, newName + ENVELOPE)];
    const hasEnvelope = this.look(from, name + ENVELOPE) !== null;
    if (hasEnvelope) this.disk.copy(envelope, copy);
    try {
      this.disk.rename(this.at(from, name), this.at(to, newName));
    } catch (error) {
      if (hasEnvelope) this.disk.remove(copy);
      throw error;
    }
    if (!hasEnvelope) return;
    // The message has moved. If another program has the old envelope open, it is deleted later.
    try {
      this.disk.remove(envelope);
    } catch {
      if (from === 'new') this.#left.add(name);
    }
  }

  /** Unused, not a name that would pass for another message's reason file, and without a stray envelope. */
  #isFree(place: Place, name: string): boolean {
    const isThere = (one: string) => this.look(place, one) !== null;
    if (isThere(name) || isThere(name + ENVELOPE)) return false;
    return !isReason(place, name, isThere);
  }

  /** Under a temporary name, before the lock is taken, since it is flushed; null if it can't be written. */
  #writeReason(reason: Readonly<Record<string, unknown>>): string | null {
    const half = this.at('refused', `.${randomBytes(6).toString('hex')}${REASON}`);
    try {
      const text = `${JSON.stringify(reason, null, 2)}\n`;
      this.disk.write(half, text, { isNew: true });
      return half;
    } catch {
      quietly(() => this.disk.remove(half));
      return null;
    }
  }

  /** Moves an empty file through all folders, the way messages go. @throws MailError `storage` */
  #tryOut(): void {
    const name = '.probe';
    let at: Place = 'new';
    let next: Place = 'new';
    try {
      this.disk.write(this.at('new', name), '');
      for (next of [
        'sending',
        'sent',
        'sending',
        'refused',
        'sending',
        'unknown',
        'sending',
        'new',
      ] as const) {
        this.disk.rename(this.at(at, name), this.at(next, name));
        at = next;
      }
    } catch (error) {
      throw unusableFolder(error, join(this.root, next));
    } finally {
      quietly(() => this.disk.remove(this.at(at, name)));
    }
  }

  /**
   * Runs under the spool's one lock for moves, so that a name found free is still free when it is taken. `work` is
   * synchronous, so that nobody waits for long.
   */
  async #inTurn<T>(path: string, work: () => T): Promise<T> {
    const deadline = performance.now() + TURN_WAIT_MS;
    try {
      for (;;) {
        // On Windows a virus scanner may have the file open: while this run waits for it, others can have the lock.
        const turn = await untilFree(() => this.disk.whileLocked(this.lockPath('moves'), work));
        if (turn !== null) return turn.done;
        if (performance.now() > deadline) throw spoolBusy(this.root);
        await sleep(TURN_POLL_MS * Math.random());
      }
    } catch (error) {
      throw storageError(error, shownName(path), 'written');
    }
  }
}

/** For what may fail without harm. */
function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // Left as it was.
  }
}

function noSpool(folder: string): MailError {
  return new MailError(
    'usage',
    `There is no folder ${shownName(folder)}.`,
    'Name the folder of the spool: the messages lie in the folder "new" inside it.',
  );
}

function unusableFolder(error: unknown, path: string): MailError {
  const why: Readonly<Record<string, string>> = {
    EXDEV: 'it is on another file system than the others',
    ENOTDIR: 'it is not a folder',
  };
  const reason = why[errnoOf(error) ?? ''];
  if (reason === undefined) return storageError(error, shownName(path), 'written');
  return new MailError(
    'storage',
    `${shownName(path)} can’t take messages: ${reason}.`,
    'Nothing was sent.\nThe folders of a spool lie on one file system, so that a message can be moved at once. Move this one away; the next run creates it again.',
  );
}

function spoolBusy(folder: string): MailError {
  return new MailError(
    'site-busy',
    `Another run has been moving messages in the spool ${shownName(folder)} for 15 seconds.`,
    'Wait for it to end, or end it if it hangs, then run the same command again.',
  );
}
