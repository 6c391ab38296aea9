/**
 * The states that a power cut may leave, made from a trace of system calls (ALICE, OSDI 2014): at each moment, what was
 * flushed is there, and of the rest any part may be. A change of a folder counts as flushed once that folder was, and
 * the content of a file once the file was: no promise of a particular file system is relied upon.
 */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { PROGRAM } from '../support/program.js';
import { numbersFrom } from '../support/random.js';
import type { Workspace } from '../support/workspace.js';

/** Files by their path below the root, and folders (null). */
export type Tree = ReadonlyMap<string, Buffer | null>;

/** A state, and what had happened outside by then. */
export interface CrashState {
  readonly tree: Tree;
  /** Whether the message had begun to leave, of a command that sends one. */
  readonly hasLeft: boolean;
  /** Whether the command had ended. */
  readonly isEnd: boolean;
  /** Where in the trace, for a failure. */
  readonly where: string;
}

/** A change of the disk. */
interface Operation {
  readonly what: string;
  /** A file's number, whose content it changes; null for a change of folders. */
  readonly content: number | null;
  readonly folders: readonly string[];
  apply(disk: Disk): void;
}

type Moment =
  | { readonly kind: 'operation'; readonly operation: Operation }
  | { readonly kind: 'flush'; readonly content: number | null; readonly folder: string }
  | { readonly kind: 'left' };

/** Names lead to numbers of files, so that a renamed file keeps its content. */
interface Disk {
  /** −1: a folder. */
  readonly names: Map<string, number>;
  readonly contents: Map<number, Buffer>;
}

const FOLDER = -1;
/** Beside what is modelled, whatever else could change a file or folder: none of it may go unnoticed. */
const TRACED = [
  'openat,write,writev,pwrite64,sendto,rename,link,unlink,ftruncate,mkdir,fsync,fdatasync',
  'open,creat,pwritev,pwritev2,truncate,fallocate,copy_file_range,sendfile,splice',
  'renameat,renameat2,linkat,unlinkat,mkdirat,rmdir,symlink,symlinkat,mknod,mknodat',
]
  .join(',')
  .replace(/\w+/g, '?$&');
/** Beyond this many unflushed changes not every part of them is tried, but none, all, and so many by a seed. */
const EVERY_PART_OF = 8;
const PARTS = 500;

/** Runs a command under strace, on what is in the workspace's home now. */
export async function crashStates(
  workspace: Workspace,
  args: readonly string[],
  {
    seed,
    marker = '',
    input = '',
  }: { readonly seed: number; readonly marker?: string; readonly input?: string },
): Promise<CrashState[]> {
  const before = await readTree(workspace.home);
  const log = join(workspace.folder, 'calls');
  const options = ['-f', '-qq', '-y', '-xx', '-s', '1000000', '-o', log, `--trace=${TRACED}`];
  const child = spawn('strace', [...options, process.execPath, PROGRAM, ...args], {
    // One thread makes all file calls: they are told in their order.
    env: { ...workspace.env, UV_THREADPOOL_SIZE: '1' },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the traced command ended with ${code}`);
  return statesAfter(before, await readFile(log, 'latin1'), { root: workspace.home, marker, seed });
}

/**
 * The states, by what strace wrote.
 *
 * @throws where a call changed something in a way that is not modelled: the states would not be those of the trace
 */
export function statesAfter(
  before: Tree,
  log: string,
  { root, marker, seed }: { root: string; marker: string; seed: number },
): CrashState[] {
  return statesOf(before, momentsOf(log, root, diskOf(before), marker), seed);
}

/** Puts a state in the place of what is in a folder. */
export async function writeTree(root: string, tree: Tree): Promise<void> {
  await rm(root, { recursive: true, force: true });
  await mkdir(root, { recursive: true, mode: 0o700 });
  for (const [path, content] of [...tree].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const whole = join(root, path);
    if (content === null) await mkdir(whole, { recursive: true, mode: 0o700 });
    else {
      await mkdir(dirname(whole), { recursive: true, mode: 0o700 });
      await writeFile(whole, content, { mode: 0o600 });
    }
  }
}

/** What is in a folder. */
export async function readTree(root: string): Promise<Tree> {
  const tree = new Map<string, Buffer | null>();
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    tree.set(relative(root, path), entry.isDirectory() ? null : await readFile(path));
  }
  return tree;
}

function diskOf(tree: Tree): Disk {
  const disk: Disk = { names: new Map(), contents: new Map() };
  let number = 0;
  for (const [path, content] of tree) {
    disk.names.set(path, content === null ? FOLDER : number);
    if (content !== null) disk.contents.set(number, content);
    number += 1;
  }
  return disk;
}

/** @param live the disk as it was; changed as the trace goes on, to know which file a name means */
function momentsOf(log: string, root: string, live: Disk, marker: string): Moment[] {
  const moments: Moment[] = [];
  let next = live.names.size;
  const below = (path: string) => {
    const inside = relative(root, path);
    return inside.startsWith('..') ? null : inside;
  };
  const change = (
    what: string,
    content: number | null,
    paths: readonly string[],
    apply: Operation['apply'],
  ) => {
    const folders = [...new Set(paths.map((path) => dirname(path)))];
    moments.push({ kind: 'operation', operation: { what, content, folders, apply } });
    apply(live);
  };
  for (const { call, fd, handles, texts, flags } of callsOf(log)) {
    const unmodelled = () => new Error(`${call}(${flags.slice(0, 500)}) is not modelled`);
    const own = fd === null ? null : below(fd);
    const paths = DATA.test(call) ? [] : texts.map((text) => below(text.toString()));
    const [path, second] = paths;
    const inside = [...handles.map(below), ...paths].filter((each) => each !== null);
    const inode = own === null ? undefined : live.names.get(own);
    if (fd !== null && /^(?:TCP|socket)/.test(fd)) {
      const isIt = marker !== '' && texts.some((text) => text.includes(marker));
      if (isIt) moments.push({ kind: 'left' });
    } else if (inside.every((each) => each.startsWith('locks/'))) {
      // No power cut leaves a lock that holds: which of its file's changes are there makes no difference.
    } else if (call === 'openat' && path != null && flags.includes('O_CREAT')) {
      const there = live.names.get(path);
      if (there !== undefined) {
        const isEmptied = flags.includes('O_TRUNC') && live.contents.get(there)?.length !== 0;
        if (isEmptied) throw unmodelled();
        continue;
      }
      const number = next++;
      change(`create ${path}`, null, [path], (disk) => {
        disk.names.set(path, number);
        if (!disk.contents.has(number)) disk.contents.set(number, Buffer.alloc(0));
      });
    } else if (call === 'mkdir' && path != null) {
      change(`mkdir ${path}`, null, [path], (disk) => void disk.names.set(path, FOLDER));
    } else if (call === 'rename' && path != null && second != null) {
      const number = live.names.get(path);
      if (number === undefined) throw unmodelled();
      change(`rename ${path} ${second}`, null, [path, second], ({ names }) => {
        if (names.get(path) === number) names.delete(path);
        names.set(second, number);
      });
    } else if (call === 'link' && path != null && second != null) {
      const number = live.names.get(path);
      if (number === undefined) throw unmodelled();
      change(`link ${second}`, null, [second], ({ names }) => void names.set(second, number));
    } else if (call === 'unlink' && path != null) {
      const number = live.names.get(path);
      if (number === undefined) throw unmodelled();
      change(`unlink ${path}`, null, [path], ({ names }) => {
        if (names.get(path) === number) names.delete(path);
      });
    } else if (own !== null && /^f(?:data)?sync$/.test(call)) {
      const content = inode === undefined || inode === FOLDER ? null : inode;
      moments.push({ kind: 'flush', content, folder: content === null ? own || '.' : '' });
    } else if (own !== null && inode !== undefined && /^writev?$/.test(call)) {
      const data = Buffer.concat(texts);
      change(`write ${own}`, inode, [own], ({ contents }) => {
        contents.set(inode, Buffer.concat([contents.get(inode) ?? Buffer.alloc(0), data]));
      });
    } else if (own !== null && inode !== undefined && call === 'pwrite64') {
      const data = Buffer.concat(texts);
      const start = Number(/, (\d+)$/.exec(flags)?.[1]);
      change(`write ${own}`, inode, [own], ({ contents }) => {
        const found = contents.get(inode) ?? Buffer.alloc(0);
        const before = Buffer.concat([found, Buffer.alloc(start)]).subarray(0, start);
        const after = found.subarray(start + data.length);
        if (data.length > 0) contents.set(inode, Buffer.concat([before, data, after]));
      });
    } else if (own !== null && inode !== undefined && call === 'ftruncate') {
      const size = Number(/, (\d+)$/.exec(flags)?.[1]);
      change(`ftruncate ${own}`, inode, [own], ({ contents }) => {
        const longest = Buffer.concat([contents.get(inode) ?? Buffer.alloc(0), Buffer.alloc(size)]);
        contents.set(inode, longest.subarray(0, size));
      });
    } else if (!isReading(call, flags)) throw unmodelled();
  }
  return moments;
}

/** What they are given is no path. */
const DATA = /write|^send/;

function isReading(call: string, flags: string): boolean {
  return /^open(?:at)?$/.test(call) && !/O_CREAT|O_TRUNC/.test(flags);
}

interface SystemCall {
  readonly call: string;
  /** What the file that it is made on is called; null where its arguments name it. */
  readonly fd: string | null;
  /** Everything that it has open: two files, or the folder that a path goes out from. */
  readonly handles: readonly string[];
  readonly texts: readonly Buffer[];
  readonly flags: string;
}

/** Those that succeeded. A line of one thread may be broken by one of another. */
function* callsOf(log: string): Generator<SystemCall> {
  const begun = new Map<string, string>();
  for (const line of log.split('\n')) {
    const [, thread = '', told = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const unfinished = /^(.*)<unfinished \.\.\.>$/.exec(told)?.[1];
    if (unfinished !== undefined) {
      begun.set(thread, unfinished);
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(told)?.[1];
    const whole = resumed === undefined ? told : `${begun.get(thread) ?? ''}${resumed}`;
    const [, call, rest = ''] = /^(\w+)\((.*)\) += (?!-)\w/.exec(whole) ?? [];
    if (call === undefined) continue;
    const fd = /^\d+<([^>]*)>/.exec(rest)?.[1];
    // With -xx, no text holds such a bracket.
    const handles = [...rest.matchAll(/<([^>]*)>/g)].map(([, of = '']) => decoded(of).toString());
    const texts = [...rest.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => decoded(text));
    const own = fd === undefined ? null : decoded(fd).toString();
    yield { call, fd: own, handles, texts, flags: rest };
  }
}

function decoded(text: string): Buffer {
  const plain = text.replace(/\\x([\da-f]{2})/g, (_all, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(plain, 'latin1');
}

function statesOf(before: Tree, moments: readonly Moment[], seed: number): CrashState[] {
  const states = new Map<string, CrashState>();
  const random = numbersFrom(seed);
  const done: Operation[] = [];
  const flushed = new Set<Operation>();
  let hasLeft = false;
  for (let at = 0; at <= moments.length; at += 1) {
    const moment = moments[at - 1];
    if (moment?.kind === 'operation') done.push(moment.operation);
    if (moment?.kind === 'left') hasLeft = true;
    if (moment?.kind === 'flush') {
      for (const each of done) if (isFlushedBy(each, moment)) flushed.add(each);
    }
    const open = done.filter((each) => !flushed.has(each));
    for (const there of partsOf(open, random)) {
      const tree = treeOf(before, done, (each) => flushed.has(each) || there.has(each));
      const isEnd = at === moments.length;
      const missing = open.filter((each) => !there.has(each)).map(({ what }) => what);
      const where = `moment ${at} of ${moments.length}, without: ${missing.join(', ') || 'nothing'}`;
      const key = `${hasLeft} ${isEnd} ${hashOf(tree)}`;
      if (!states.has(key)) states.set(key, { tree, hasLeft, isEnd, where });
    }
  }
  return [...states.values()];
}

/** A rename from one folder to another is one change: it is there for sure once both were flushed. */
function isFlushedBy(
  operation: Operation,
  { content, folder }: Extract<Moment, { kind: 'flush' }>,
): boolean {
  if (operation.content !== null) return operation.content === content;
  if (content !== null || !operation.folders.includes(folder)) return false;
  const left = leftToFlush.get(operation) ?? new Set(operation.folders);
  left.delete(folder);
  leftToFlush.set(operation, left);
  return left.size === 0;
}

const leftToFlush = new WeakMap<Operation, Set<string>>();

function* partsOf(
  open: readonly Operation[],
  random: () => number,
): Generator<ReadonlySet<Operation>> {
  const isAll = open.length <= EVERY_PART_OF;
  const count = isAll ? 2 ** open.length : PARTS;
  if (!isAll) {
    // What a power cut leaves most often, and chance alone would hardly find among many.
    yield new Set();
    yield new Set(open);
  }
  for (let number = 0; number < count; number += 1) {
    yield new Set(open.filter((_each, index) => (isAll ? (number >> index) & 1 : random() < 0.5)));
  }
}

function treeOf(
  before: Tree,
  done: readonly Operation[],
  isThere: (operation: Operation) => boolean,
): Tree {
  const disk = diskOf(before);
  for (const each of done) if (isThere(each)) each.apply(disk);
  const tree = new Map<string, Buffer | null>();
  for (const [path, number] of disk.names) {
    // What is in a folder that is not there is not there either.
    if (!isReached(disk, path)) continue;
    tree.set(path, number === FOLDER ? null : (disk.contents.get(number) ?? Buffer.alloc(0)));
  }
  return tree;
}

function isReached({ names }: Disk, path: string): boolean {
  const folder = dirname(path);
  return folder === '.' || (names.get(folder) === FOLDER && isReached({ names } as Disk, folder));
}

function hashOf(tree: Tree): string {
  const hash = createHash('sha256');
  for (const [path, content] of [...tree].sort(([one], [other]) => (one < other ? -1 : 1))) {
    hash.update(`${path}\0${content === null ? 'folder' : content.length}\0`);
    if (content !== null) hash.update(content);
  }
  return hash.digest('hex');
}
