/**
 * Loaded into the program with `--import`: numbers every point at which it changes something outside itself, and
 * kills the process at the one it is told to.
 *
 * A point is before or after a file operation under FAULT_FOLDER (or WRITEUPP_MAIL_HOME), a request to Google (after:
 * its answer has come), a message to the keychain's process (after: its answer), or the start of a browser.
 */

import childProcess from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';

/** One point of a run, as a line of the log. */
export interface Point {
  readonly number: number;
  /** Which operation, counted from 1. */
  readonly operation: number;
  readonly when: 'before' | 'after';
  readonly what: string;
}

type Call = (...args: unknown[]) => unknown;
type Methods = Record<string, Call>;

const { FAULT_LOG: log = '', WRITEUPP_MAIL_HOME = '/' } = process.env;
/** The folder whose changes are points. */
const home = process.env.FAULT_FOLDER ?? WRITEUPP_MAIL_HOME;
const killAt = Number(process.env.FAULT_POINT ?? 0);
const appendFile = fs.appendFileSync;
let points = 0;
let operations = 0;

/** Passes the point before an operation; gives what passes the one after it. */
function begin(what: string): () => void {
  operations += 1;
  const operation = operations;
  pass({ operation, when: 'before', what });
  return () => pass({ operation, when: 'after', what });
}

function pass(point: Omit<Point, 'number'>): void {
  points += 1;
  if (killAt === 0 || killAt === points) {
    appendFile(log, `${JSON.stringify({ number: points, ...point })}\n`);
  }
  if (killAt === points) process.kill(process.pid, 'SIGKILL');
}

const CHANGING = [
  ...['mkdir', 'rename', 'unlink', 'link', 'symlink', 'rmdir', 'rm', 'chmod'],
  ...['writeFile', 'appendFile', 'copyFile', 'truncate', 'open'],
];
const CHANGING_HANDLE = ['write', 'writev', 'writeFile', 'appendFile', 'sync', 'datasync'];
/** Changes of an open file by its number. */
const CHANGING_NUMBER = ['write', 'writev', 'writeFile', 'appendFile', 'fsync', 'fdatasync'];
/** The paths of open files, by their handle or number. */
const paths = new WeakMap<object, string>();
const numbers = new Map<unknown, string>();

const isOurs = (path: unknown) => typeof path === 'string' && path.startsWith(home);
/** Without what differs from run to run: ids, hashes, numbers of processes, random parts. */
const nameOf = (path: string) =>
  path.slice(home.length + 1).replace(/[\da-f-]{36}|[\da-f]{32}|[\da-f]{12}(?=\.tmp)|\d{3,}/g, '*');

/** What a call changes, in words, or null: opening a file to read it changes nothing. */
function changeOf(name: string, args: readonly unknown[]): string | null {
  const open = CHANGING_NUMBER.includes(name.replace(/Sync$/, '')) ? numbers.get(args[0]) : null;
  if (open != null) return `${name} ${nameOf(open)}`;
  if (!args.some(isOurs)) return null;
  const flags = args[1];
  const isRead =
    flags === undefined ||
    flags === 'r' ||
    (typeof flags === 'number' && (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR)) === 0);
  if (name.startsWith('open') && isRead) return null;
  return `${name} ${args.filter(isOurs).map(String).map(nameOf).join(' ')}`;
}

/** The folder was there already. */
const changedNothing = (name: string, result: unknown) => name === 'mkdir' && result === undefined;

function hookPromises(methods: Methods): void {
  for (const name of CHANGING) {
    const real = methods[name] as Call;
    methods[name] = async (...args) => {
      const what = changeOf(name, args);
      const after = what === null ? undefined : begin(what);
      const result = await real.apply(methods, args);
      if (name === 'open' && isOurs(args[0])) paths.set(result as object, String(args[0]));
      if (!changedNothing(name, result)) after?.();
      return result;
    };
  }
}

function hookSync(methods: Methods): void {
  for (const name of new Set([...CHANGING, ...CHANGING_NUMBER].map((each) => `${each}Sync`))) {
    const real = methods[name] as Call;
    methods[name] = (...args) => {
      const what = changeOf(name, args);
      const after = what === null ? undefined : begin(what);
      const result = real.apply(methods, args);
      if (name === 'openSync') remember(result, args[0]);
      after?.();
      return result;
    };
  }
}

/** A number is given again after its file was closed. */
function remember(number: unknown, path: unknown): void {
  if (isOurs(path)) numbers.set(number, String(path));
  else numbers.delete(number);
}

function hookCallbacks(methods: Methods): void {
  for (const name of new Set([...CHANGING, ...CHANGING_NUMBER])) {
    const real = methods[name] as Call;
    methods[name] = (...args) => {
      const what = changeOf(name, args);
      const callback = args.at(-1);
      if (what === null || typeof callback !== 'function') return real.apply(methods, args);
      const after = begin(what);
      return real.apply(methods, [
        ...args.slice(0, -1),
        (...results: unknown[]) => {
          if (results[0] == null) {
            if (name === 'open') remember(results[1], args[0]);
            after();
          }
          callback(...results);
        },
      ]);
    };
  }
}

/** The class is not exported: any open file leads to it. */
async function hookHandles(): Promise<void> {
  const handle = await fs.promises.open(new URL(import.meta.url));
  const methods = Object.getPrototypeOf(handle) as Methods;
  await handle.close();
  for (const name of CHANGING_HANDLE) {
    const real = methods[name] as Call;
    methods[name] = async function (this: object, ...args) {
      const path = paths.get(this);
      const after = path === undefined ? undefined : begin(`handle.${name} ${nameOf(path)}`);
      const result = await real.apply(this, args);
      after?.();
      return result;
    };
  }
}

function hookRequests(methods: Methods): void {
  const real = methods.request as Call;
  methods.request = (...args) => {
    const target = args.find((each) => each instanceof URL) as URL | undefined;
    const options = args.find((each) => typeof each === 'object') as http.RequestOptions;
    const what = `request ${options.method ?? 'GET'} ${target?.pathname ?? options.path}`;
    const after = begin(what.replace(/\?.*/, ''));
    const request = real.apply(methods, args) as http.ClientRequest;
    return request.once('response', after);
  };
}

function hookChildren(): void {
  const children = childProcess as unknown as Methods;
  const spawn = children.spawn as Call;
  children.spawn = (...args) => {
    const after = begin('start the browser');
    const child = spawn.apply(childProcess, args);
    after();
    return child;
  };
  const prototype = childProcess.ChildProcess.prototype as unknown as Methods;
  const send = prototype.send as Call;
  prototype.send = function (this: childProcess.ChildProcess, ...args) {
    const { action = '', account = '' } = args[0] as { action?: string; account?: string };
    const after = begin(`keychain ${action} ${account}`.replace(/\d{3,}/g, '*'));
    this.prependOnceListener('message', after);
    return send.apply(this, args);
  };
}

if (log !== '') {
  await hookHandles();
  hookPromises(fs.promises as unknown as Methods);
  hookSync(fs as unknown as Methods);
  hookCallbacks(fs as unknown as Methods);
  hookRequests(http as unknown as Methods);
  hookRequests(https as unknown as Methods);
  hookChildren();
  syncBuiltinESMExports();
}
