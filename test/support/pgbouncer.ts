/** A real PgBouncer in front of a PostgreSQL for a test. */

import { spawn } from 'node:child_process';
import { chownSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DATABASE_PASSWORD, DATABASE_USER, freePort, ordinaryUser, programOf } from './postgres.js';

/**
 * Starts one.
 *
 * @param server the port of the PostgreSQL
 * @param mode when a client gives its connection to the server back
 */
export async function startPgBouncer(
  server: number,
  mode: 'session' | 'transaction',
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'pgbouncer-'));
  const port = await freePort();
  const users = join(folder, 'users');
  const settings = join(folder, 'pgbouncer.ini');
  await writeFile(users, `"${DATABASE_USER}" "${DATABASE_PASSWORD}"\n`);
  await writeFile(
    settings,
    [
      ...['[databases]', `* = host=127.0.0.1 port=${server}`],
      ...['[pgbouncer]', 'listen_addr = 127.0.0.1', `listen_port = ${port}`, 'unix_socket_dir ='],
      ...['auth_type = scram-sha-256', `auth_file = ${users}`, `pool_mode = ${mode}`, ''],
    ].join('\n'),
  );
  const as = ordinaryUser();
  if (as !== null) for (const path of [folder, users, settings]) chownSync(path, as.uid, as.gid);
  const bouncer = spawn(programOf('pgbouncer'), [settings], {
    stdio: 'ignore',
    cwd: folder,
    ...as,
  });
  const ended = new Promise((resolve) => bouncer.once('exit', resolve));
  for (let tries = 0; !(await answers(port)); tries += 1) {
    if (bouncer.exitCode !== null || tries > 200) throw new Error('PgBouncer did not start');
    await sleep(50);
  }
  return {
    port,
    async close() {
      bouncer.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
