/** Exim as a daemon, with its own configuration and queue. */

import { execFile, spawn } from 'node:child_process';
import { chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './find-program.js';
import { giveTo } from './give-to.js';
import { untilListening } from './ports.js';

const CALLER = 'Debian-exim';

export interface Exim {
  /** The user that its transports run as. */
  readonly caller: string;
  /** Tries the waiting messages once. */
  runQueue(): Promise<void>;
  /** How many messages are waiting. */
  waiting(): Promise<number>;
  logSoFar(): Promise<string>;
  close(): Promise<void>;
}

/** Starts one, as root, that listens on a port. @param config complete except for file locations */
export async function startExim(config: string, port: number): Promise<Exim> {
  const exim = findProgram('exim4') ?? '';
  const folder = await mkdtemp(join(tmpdir(), 'exim-test-'));
  for (const name of ['spool', 'log']) await mkdir(join(folder, name));
  const path = join(folder, 'exim.conf');
  // With a configuration other than the system's, Exim drops root's rights, so only its own user can run its
  // transports.
  const own = `primary_hostname = mail.test.example
spool_directory = ${folder}/spool
log_file_path = ${folder}/log/%slog
pid_file_path = ${folder}/pid
keep_environment =
deliver_drop_privilege
`;
  await writeFile(path, `${own}${config}`);
  await giveTo(CALLER, folder);
  // Exim only reads a configuration that root owns.
  await chown(path, 0, 0);
  const daemon = spawn(exim, ['-C', path, '-bdf'], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => daemon.once('close', () => resolve()));
  const close = async () => {
    daemon.kill();
    await ended;
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  await untilListening(port).catch(async (error) => {
    await close();
    throw error;
  });
  const run = async (...args: readonly string[]) =>
    (await promisify(execFile)(exim, ['-C', path, ...args])).stdout.trim();
  return {
    caller: CALLER,
    runQueue: async () => void (await run('-q')),
    waiting: async () => Number(await run('-bpc')),
    logSoFar: () => readFile(join(folder, 'log', 'mainlog'), 'utf8'),
    close,
  };
}
