/** A throw-away computer whose practice sends by Gmail, ready to be timed: its token is warm. */

import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { playPerson } from '../google/person.js';
import type { GoogleStandIn } from '../google/stand-in.js';

const execute = promisify(execFile);
const ACCOUNT = 'info@harbour-physio.example';

export interface BenchComputer {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Makes one, and signs its practice in. */
export async function newBenchComputer(
  google: GoogleStandIn,
  program: string,
): Promise<BenchComputer> {
  const folder = await mkdtemp(join(tmpdir(), 'writeupp-mail-bench-'));
  const clientFile = join(folder, 'client.json');
  await writeFile(clientFile, JSON.stringify(google.clientFile()), { mode: 0o600 });
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: folder,
    WRITEUPP_MAIL_HOME: join(folder, 'settings'),
    WRITEUPP_MAIL_OAUTH_CLIENT: clientFile,
    WRITEUPP_MAIL_GOOGLE_URL: google.url,
    WRITEUPP_MAIL_CREDENTIALS: 'vault',
    WRITEUPP_MAIL_PASSPHRASE: randomBytes(24).toString('base64url'),
  };
  const site = ['site', 'add', 'harbour-physio', '--login', ACCOUNT];
  await execute(process.execPath, [program, ...site], { env });
  await migrate(program, env);
  return { folder, env };
}

/** The address to sign in at comes as an event on standard output. */
async function migrate(program: string, env: NodeJS.ProcessEnv): Promise<void> {
  const args = [program, 'migrate', '--yes', '--json', '--no-browser', '--account', ACCOUNT];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line) as { event: string; url?: string; message?: string };
    if (event.url !== undefined) await playPerson(event.url, { account: ACCOUNT });
    if (event.event === 'error') throw new Error(event.message);
  }
}
