/** A real PgBouncer in front of a PostgreSQL, for a test. */

import { spawn } from 'node:child_process';
import { chownSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, untilListening } from './ports.js';
import { DATABASE_PASSWORD, DATABASE_USER, ordinaryUser, programOf } from './postgres.js';

/**
 * @param server the port of the PostgreSQL
 * @param mode when a client returns its connection to the pool
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
  await untilListening(port);
  return {
    port,
    async close() {
      bouncer.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
