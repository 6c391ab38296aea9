/**
 * A disk in memory, for many processes: any of them can be killed at any call, and the power can be cut. What was not
 * flushed then may be gone, the latest first; a rename is made whole or not at all, as on a file system with a journal.
 */

import type { Disk, Found } from '../../src/send/disk.js';

interface Inode {
  readonly ino: number;
  data: Buffer;
  mtimeMs: number;
  /** By the clock at the last change, as the system sets it. */
  ctimeMs: number;
}
type State = Map<string, Map<string, Inode>>;
type Change = (state: State) => void;

export class Killed extends Error {}

const failing = (code: string) => Object.assign(new Error(code), { code });

export class MemoryDisk {
  #now: State = new Map();
  #durable: State = new Map();
  #pending: Change[] = [];
  #inodes = 0;
  readonly #locks = new Map<string, { readonly by: Process; readonly id: object }>();
  isFull = false;

  constructor(private readonly clock: () => number) {}

  makeFolder(path: string): void {
    for (const state of [this.#now, this.#durable])
      if (!state.has(path)) state.set(path, new Map());
  }

  names(folder: string): string[] {
    return [...(this.#now.get(folder)?.keys() ?? [])];
  }

  read(path: string): Buffer {
    const [folder, name] = parts(path);
    const found = this.#now.get(folder)?.get(name);
    if (found === undefined) throw failing('ENOENT');
    return found.data;
  }

  inode(path: string): Inode | null {
    const [folder, name] = parts(path);
    return this.#now.get(folder)?.get(name) ?? null;
  }

  change(change: Change): void {
    change(this.#now);
    this.#pending.push(change);
  }

  put(path: string, data: Buffer): void {
    const ino = ++this.#inodes;
    const now = this.clock();
    this.change((state) => {
      const [folder, name] = parts(path);
      state.get(folder)?.set(name, { ino, data, mtimeMs: now, ctimeMs: now });
    });
  }

  append(path: string, data: Buffer): void {
    if (this.inode(path) === null) {
      this.put(path, data);
      return;
    }
    // To flush a file flushes the journal up to it.
    this.flush();
    for (const state of [this.#now, this.#durable]) {
      const [folder, name] = parts(path);
      const found = state.get(folder)?.get(name);
      if (found !== undefined) found.data = Buffer.concat([found.data, data]);
    }
  }

  rename(from: string, to: string): void {
    if (this.inode(from) === null) throw failing('ENOENT');
    this.change((state) => {
      const [[folder, name], [newFolder, newName]] = [parts(from), parts(to)];
      const found = state.get(folder)?.get(name);
      if (found === undefined) return;
      state.get(folder)?.delete(name);
      state.get(newFolder)?.set(newName, found);
    });
  }

  copy(from: string, to: string): void {
    if (this.inode(to) !== null) throw failing('EEXIST');
    this.change((state) => {
      const [[folder, name], [newFolder, newName]] = [parts(from), parts(to)];
      const found = state.get(folder)?.get(name);
      if (found !== undefined) state.get(newFolder)?.set(newName, found);
    });
  }

  remove(path: string): void {
    this.change((state) => {
      const [folder, name] = parts(path);
      state.get(folder)?.delete(name);
    });
  }

  setTime(path: string, mtimeMs: number): void {
    const ctimeMs = this.clock();
    this.change((state) => {
      const [folder, name] = parts(path);
      const found = state.get(folder)?.get(name);
      if (found !== undefined) Object.assign(found, { mtimeMs, ctimeMs });
    });
  }

  flush(): void {
    for (const change of this.#pending.splice(0)) change(this.#durable);
  }

  /** @param kept how many of the changes that were not flushed are on the disk, of those that there are */
  cutPower(kept: (of: number) => number): void {
    const count = kept(this.#pending.length);
    for (const change of this.#pending.splice(0).slice(0, count)) change(this.#durable);
    const copies = new Map<Inode, Inode>();
    const copied = (inode: Inode) => {
      const copy = copies.get(inode) ?? { ...inode };
      copies.set(inode, copy);
      return copy;
    };
    this.#now = new Map(
      Array.from(this.#durable, ([folder, names]) => [
        folder,
        new Map(Array.from(names, ([name, inode]) => [name, copied(inode)])),
      ]),
    );
  }

  lock(path: string, by: Process) {
    const holder = this.#locks.get(path);
    if (holder !== undefined && !holder.by.isDead) return null;
    const id = {};
    this.#locks.set(path, { by, id });
    if (this.inode(path) === null) this.put(path, Buffer.alloc(0));
    const isMine = () => this.#locks.get(path)?.id === id;
    return {
      isInPlace: () => isMine() && this.inode(path) !== null,
      letGo: async () => {
        if (by.isDead || !isMine()) return;
        this.#locks.delete(path);
        this.remove(path);
      },
    };
  }
}

/** What a process sees of the disk, until it is killed. */
export class Process {
  isDead = false;
  /** After so many calls it is killed. */
  callsLeft = Number.POSITIVE_INFINITY;

  constructor(
    private readonly disk: MemoryDisk,
    private readonly onKill: () => void,
  ) {}

  kill(): void {
    if (this.isDead) return;
    this.isDead = true;
    this.onKill();
  }

  /** To be called before anything is done by it. */
  live(): void {
    if (!this.isDead && --this.callsLeft < 0) this.kill();
    if (this.isDead) throw new Killed();
  }

  view(): Disk {
    const { disk } = this;
    const guarded =
      <A extends unknown[], T>(work: (...args: A) => T, needsRoom = false) =>
      (...args: A): T => {
        this.live();
        if (needsRoom && disk.isFull) throw failing('ENOSPC');
        return work(...args);
      };
    return {
      look: guarded((path) => {
        const inode = disk.inode(path);
        if (inode === null) return null;
        const { ino, mtimeMs, ctimeMs, data } = inode;
        const found: Found = {
          ino,
          mtimeMs,
          ctimeMs,
          size: data.length,
          isFile: () => true,
        };
        return found;
      }),
      isFolder: async () => true,
      makeFolder: async (path) => guarded(() => disk.makeFolder(path))(),
      names: guarded((folder) => disk.names(folder).map((name) => Buffer.from(name))),
      read: guarded((path) => disk.read(path)),
      readStart: guarded((path) => disk.inode(path)?.data ?? null),
      write: guarded((path, data) => disk.put(path, Buffer.from(data)), true),
      append: guarded((path, data) => disk.append(path, Buffer.from(data)), true),
      rename: guarded((from, to) => disk.rename(from, to)),
      copy: guarded((from, to) => disk.copy(from, to)),
      remove: guarded((path) => disk.remove(path)),
      setTime: guarded((path, ms) => disk.setTime(path, ms)),
      flushFolder: async () => guarded(() => disk.flush())(),
      lockFile: guarded((path) => disk.lock(path, this)),
      whileLocked: guarded((_path, work) => ({ done: work() })) as Disk['whileLocked'],
    };
  }
}

function parts(path: string): [folder: string, name: string] {
  const at = path.lastIndexOf('/');
  return [path.slice(0, at), path.slice(at + 1)];
}
