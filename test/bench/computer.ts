/** Throw-away computers to be timed: their environment is clean, and their practice sends by Gmail with a warm token. */

import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { playPerson } from '../stand-in/person.js';
import type { GoogleStandIn } from '../stand-in/stand-in.js';
import { startKeyring } from '../support/keyring.js';

const execute = promisify(execFile);
const ACCOUNT = 'info@harbour-physio.example';
const SITE = 'harbour-physio';

/** What is timed: a Node.js, and the program. */
export interface Timed {
  readonly node: string;
  readonly program: string;
}

export interface BenchComputer {
  readonly env: NodeJS.ProcessEnv;
  remove(): Promise<void>;
}

/** One with a private gnome-keyring. */
export async function keychainComputer(
  google: GoogleStandIn,
  timed: Timed,
): Promise<BenchComputer> {
  const keyring = await startKeyring({ unlocked: true });
  const { DBUS_SESSION_BUS_ADDRESS } = keyring.env;
  const computer = await newComputer(google, timed, { DBUS_SESSION_BUS_ADDRESS });
  return {
    env: computer.env,
    async remove() {
      await computer.remove();
      await keyring.stop();
    },
  };
}

/** One whose secrets are sealed with a passphrase. */
export function vaultComputer(google: GoogleStandIn, timed: Timed): Promise<BenchComputer> {
  return newComputer(google, timed, {
    WRITEUPP_MAIL_CREDENTIALS: 'vault',
    WRITEUPP_MAIL_PASSPHRASE: randomBytes(24).toString('base64url'),
  });
}

/** Puts more sites on record, by copies of the one that is there. */
export async function addCopies({ env }: BenchComputer, count: number): Promise<void> {
  const folder = join(env.WRITEUPP_MAIL_HOME ?? '', 'rehearsal', 'sites');
  const record = await readFile(join(folder, `${SITE}.json`), 'utf8');
  for (let number = 1; number < count; number += 1) {
    const name = `practice-${number}`;
    await writeFile(join(folder, `${name}.json`), record.replaceAll(SITE, name), { mode: 0o600 });
  }
}

/** Its practice is signed in. The environment has nothing of this process's but PATH: Node.js reads much of it. */
async function newComputer(
  google: GoogleStandIn,
  timed: Timed,
  credentials: NodeJS.ProcessEnv,
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
    ...credentials,
  };
  await execute(timed.node, [timed.program, 'site', 'add', SITE, '--login', ACCOUNT], { env });
  await migrate(timed, env);
  return { env, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** The address to sign in at comes as an event on standard output. */
async function migrate({ node, program }: Timed, env: NodeJS.ProcessEnv): Promise<void> {
  const args = [program, 'migrate', '--yes', '--json', '--no-browser', '--account', ACCOUNT];
  const child = spawn(node, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line) as { event: string; url?: string; message?: string };
    if (event.url !== undefined) await playPerson(event.url, { account: ACCOUNT });
    if (event.event === 'error') throw new Error(event.message);
  }
}
