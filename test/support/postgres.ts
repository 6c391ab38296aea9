/** A real PostgreSQL for a test file: on 127.0.0.1, with its own folder, run by a user other than root. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync } from 'node:fs';
import { chmod, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { findProgram } from './find-program.js';
import { freePort } from './ports.js';

/** Must never appear in any output. */
export const DATABASE_PASSWORD = 'Pg-s3cret-of-tests';
export const DATABASE_USER = 'practice';

/** A TLS server's certificate and key, as PEM files. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
}

/** A server under test. */
export interface TestPostgres {
  readonly port: number;
  /** The address of a new, empty database, or of a copy of `template`. */
  newDatabase(template?: string): Promise<string>;
  /** Runs a statement in a database, as its owner. */
  query(url: string, text: string, values?: readonly unknown[]): Promise<pg.QueryResult>;
  /** Stops the server like a restart: connections and running statements are ended. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** @param tls its certificate; without one, the server has no TLS */
export async function startPostgres(tls?: ServerTls): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'postgres-'));
  const data = join(folder, 'data');
  const port = await freePort();
  const as = ordinaryUser();
  const own = (path: string) => {
    if (as !== null) chownSync(path, as.uid, as.gid);
  };
  own(folder);
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, DATABASE_PASSWORD, { mode: 0o600 });
  own(passwordFile);
  execFileSync(
    programOf('initdb'),
    [
      ...['-N', '--no-instructions', '-D', data, '-U', DATABASE_USER, `--pwfile=${passwordFile}`],
      ...['--auth=scram-sha-256', '-E', 'UTF8', '--locale=C'],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'], cwd: folder, ...as },
  );
  const settings = [
    ...['listen_addresses=127.0.0.1', `port=${port}`, `unix_socket_directories=${folder}`],
    // These tests don't simulate power cuts.
    ...['fsync=off', 'shared_buffers=16MB', 'max_connections=60'],
  ];
  if (tls !== undefined) {
    for (const kind of ['cert', 'key'] as const) {
      const path = join(folder, `server.${kind}`);
      await copyFile(tls[kind], path);
      await chmod(path, 0o600);
      own(path);
      settings.push(`ssl_${kind}_file=${path}`);
    }
    settings.push('ssl=on');
  }
  const url = (database: string) =>
    `postgres://${DATABASE_USER}:${DATABASE_PASSWORD}@127.0.0.1:${port}/${database}`;
  let server: ChildProcess | null = null;
  let databases = 0;

  async function query(
    address: string,
    text: string,
    values: readonly unknown[] = [],
  ): Promise<pg.QueryResult> {
    const client = new pg.Client({ connectionString: address });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await client.query(text, [...values]);
    } finally {
      await client.end();
    }
  }

  async function start(): Promise<void> {
    server = spawn(programOf('postgres'), ['-D', data, ...settings.flatMap((one) => ['-c', one])], {
      stdio: 'ignore',
      cwd: folder,
      ...as,
    });
    for (let tries = 0; ; tries += 1) {
      try {
        await query(url('postgres'), 'select 1');
        return;
      } catch (error) {
        if (server.exitCode !== null || tries > 200) throw error;
      }
      await sleep(50);
    }
  }

  async function stop(): Promise<void> {
    const stopping = server;
    server = null;
    if (stopping === null || stopping.exitCode !== null) return;
    const ended = new Promise((resolve) => stopping.once('exit', resolve));
    // PostgreSQL's "fast shutdown".
    stopping.kill('SIGINT');
    await ended;
  }

  await start();
  return {
    port,
    query,
    start,
    stop,
    async newDatabase(template) {
      databases += 1;
      const name = `practice_${databases}`;
      const from = template === undefined ? '' : ` template ${new URL(template).pathname.slice(1)}`;
      await query(url('postgres'), `create database ${name}${from}`);
      return url(name);
    },
    async close() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The user for servers that refuse to run as root, such as PostgreSQL; null if this is already an ordinary user. */
export function ordinaryUser(): { readonly uid: number; readonly gid: number } | null {
  if (userInfo().uid !== 0) return null;
  const id = (option: string) =>
    Number(execFileSync('id', [option, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

export function programOf(name: string): string {
  const path = findProgram(name);
  if (path === undefined) throw new Error(`${name} is not installed`);
  return path;
}
