/**
 * Postfix with its own configuration and queue, which passes every message to a program. Debian can't install it
 * alongside Exim, so it is only unpacked (.ci/run), and its daemons are started directly.
 */

import { execFile, spawn } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Where it is unpacked. */
const ROOT = '/opt/postfix-for-tests';
export const POSTFIX_MASTER = `${ROOT}/usr/lib/postfix/sbin/master`;

/** Users and a group that exist on every Debian: Postfix requires some that nobody else uses. */
const [OWNER, GROUP, CALLER] = ['news', 'uucp', 'nobody'];

export interface PostfixOptions {
  /** Lines of main.cf. */
  readonly main: string;
  /** The transport, in the form of master.cf. */
  readonly transport: string;
  /** Further services, in that format. */
  readonly services?: readonly string[];
  /** The program's environment. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Postfix {
  /** The user that the program runs as. */
  readonly caller: string;
  /** Submits a message as programs do, and waits until the queue is empty. */
  submit(message: string): Promise<void>;
  /** Retries what is waiting, at once. */
  runQueue(): Promise<void>;
  /** How many messages are waiting. */
  waiting(): Promise<number>;
  logSoFar(): Promise<string>;
  /** The log, once nothing is in progress. */
  log(): Promise<string>;
  close(): Promise<void>;
}

/** Starts one, as root. */
export async function startPostfix({
  main,
  transport,
  services: more = [],
  env,
}: PostfixOptions): Promise<Postfix> {
  const folder = await mkdtemp(join(tmpdir(), 'postfix-test-'));
  await chmod(folder, 0o755);
  const [etc, bin, data, queue] = ['etc', 'bin', 'data', 'queue'].map((name) => join(folder, name));
  for (const path of [etc, bin, data, queue]) await mkdir(path as string);
  const [uid, gid] = await Promise.all([idOf('-u', OWNER), idOf('-g', GROUP)]);
  for (const name of ['active', 'bounce', 'defer', 'deferred', 'incoming', 'private', 'trace']) {
    await makeFolder(join(`${queue}`, name), 0o700, uid, 0);
  }
  await makeFolder(join(`${queue}`, 'maildrop'), 0o730, uid, gid);
  await makeFolder(join(`${queue}`, 'public'), 0o710, uid, gid);
  await mkdir(join(`${queue}`, 'pid'));
  await chown(`${data}`, uid, 0);
  const library = `${ROOT}/usr/lib/postfix`;
  const postdrop = join(`${bin}`, 'postdrop');
  await writeFile(
    postdrop,
    `#!/bin/sh\nMAIL_CONFIG=${etc} LD_LIBRARY_PATH=${library} exec ${ROOT}/usr/sbin/postdrop "$@"\n`,
  );
  await chmod(postdrop, 0o755);
  const exported = Object.entries(env).map(([name, value]) => `{ ${name}=${value} }`);
  const own = `compatibility_level = 3.6
queue_directory = ${queue}
data_directory = ${data}
daemon_directory = ${library}/sbin
command_directory = ${bin}
shlib_directory = ${library}
meta_directory = ${etc}
mail_owner = ${OWNER}
setgid_group = ${GROUP}
import_environment = MAIL_CONFIG LD_LIBRARY_PATH PATH TZ
export_environment = TZ ${exported.join(' ')}
myhostname = mail.test.example
mydestination =
inet_interfaces = loopback-only
alias_maps =
local_recipient_maps =
maillog_file = ${folder}/log
maillog_file_prefixes = ${folder}
transport_maps = inline:{practice.example=discard:}`;
  // The given lines replace these defaults.
  const given = new Set([...main.matchAll(/^\w+(?= *=)/gm)].map(([name]) => name));
  const kept = own.split('\n').filter((line) => !given.has(line.split(' ', 1)[0] ?? ''));
  await writeFile(join(`${etc}`, 'main.cf'), `${kept.join('\n')}\n${main}\n`);
  const services = [
    ...['pickup unix n - n 1 1 pickup', 'cleanup unix n - n - 0 cleanup'],
    ...['qmgr unix n - n 300 1 qmgr', 'rewrite unix - - n - - trivial-rewrite'],
    ...['bounce unix - - n - 0 bounce', 'defer unix - - n - 0 bounce'],
    ...['trace unix - - n - 0 bounce', 'error unix - - n - - error'],
    ...['retry unix - - n - - error', 'discard unix - - n - - discard'],
    ...['proxymap unix - - n - - proxymap', 'postlog unix-dgram n - n - 1 postlogd'],
  ];
  await writeFile(join(`${etc}`, 'master.cf'), `${[...services, ...more, transport].join('\n')}\n`);

  const variables = { ...process.env, MAIL_CONFIG: `${etc}`, LD_LIBRARY_PATH: library };
  const master = spawn(POSTFIX_MASTER, ['-c', `${etc}`, '-d'], { env: variables, stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => master.once('close', () => resolve()));
  const waiting = async () => {
    const folders = ['maildrop', 'incoming', 'active', 'deferred'];
    const entries = await Promise.all(
      folders.map((name) =>
        readdir(join(`${queue}`, name), { recursive: true, withFileTypes: true }),
      ),
    );
    // Deferred messages are in folders that remain.
    return entries.flat().filter((entry) => entry.isFile()).length;
  };
  const logSoFar = () => readFile(join(folder, 'log'), 'utf8');
  return {
    caller: `${CALLER}`,
    async submit(message) {
      const sendmail = `${ROOT}/usr/sbin/sendmail`;
      const args = ['-C', `${etc}`, '-f', 'jo@practice.example', '-t', '-i'];
      const child = execFile(sendmail, args, { env: variables });
      child.stdin?.end(message);
      await new Promise((resolve) => child.once('close', resolve));
      for (let tries = 0; tries < 300 && (await waiting()) > 0; tries += 1) await sleep(100);
    },
    async runQueue() {
      await promisify(execFile)(`${ROOT}/usr/sbin/postqueue`, ['-c', `${etc}`, '-f'], {
        env: variables,
      });
    },
    waiting,
    logSoFar,
    async log() {
      const count = (text: string, words: RegExp) => text.match(words)?.length ?? 0;
      // The queue is empty shortly before the last line is logged.
      for (let tries = 0; tries < 100; tries += 1) {
        const text = await logSoFar();
        if (count(text, /queue active/g) <= count(text, /: removed/g)) return text;
        await sleep(100);
      }
      return logSoFar();
    },
    async close() {
      master.kill();
      await ended;
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

async function idOf(kind: '-u' | '-g', name: string | undefined): Promise<number> {
  const { stdout } = await promisify(execFile)('id', [kind, `${name}`]);
  return Number(stdout);
}

async function makeFolder(path: string, mode: number, uid: number, gid: number): Promise<void> {
  await mkdir(path);
  await chown(path, uid, gid);
  await chmod(path, mode);
}
