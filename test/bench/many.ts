/**
 * The part of `npm run bench` about many sites: how many a second `migrate --all` switches by a service account, and what
 * memory it takes, on files and on PostgreSQL. The stand-in for Google runs on the same processors.
 */

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startGoogle } from '../google/stand-in.js';
import { findProgram } from '../support/find-program.js';
import { startPostgres } from '../support/postgres.js';
import type { Timed } from './computer.js';

const COUNTING = fileURLToPath(new URL('../../../test/bench/peak-memory.cjs', import.meta.url));
const DOMAIN = 'harbour-physio.example';
const TARGET = 200;
const PARALLEL = '8';

/** One run over many sites. */
interface Measured {
  readonly perSecond: number;
  readonly milliseconds: number;
  readonly mebibytes: number;
}

/** Times runs of these sizes, and prints a line for each. */
export async function benchManySites(timed: Timed, sizes: readonly number[]): Promise<void> {
  process.stdout.write(
    `\nmigrate --all --yes --service-account --parallel ${PARALLEL} (target ${TARGET} sites a second, cost flat to 1.2)\n`,
  );
  await benchStore('files', timed, sizes, async () => undefined);
  if (findProgram('psql') === undefined) {
    process.stdout.write('No PostgreSQL here: it is not timed.\n');
    return;
  }
  const database = await startPostgres();
  try {
    await benchStore('PostgreSQL', timed, sizes, () => database.newDatabase());
  } finally {
    await database.close();
  }
}

async function benchStore(
  store: string,
  timed: Timed,
  sizes: readonly number[],
  newStore: () => Promise<string | undefined>,
): Promise<void> {
  let first: number | null = null;
  for (const size of sizes) {
    const { perSecond, milliseconds, mebibytes } = await measure(timed, size, await newStore());
    first ??= milliseconds / size;
    const ratio = milliseconds / size / first;
    process.stdout.write(
      `${store.padEnd(12)}${String(size).padStart(7)} sites ${perSecond.toFixed(0).padStart(6)} a second ${ratio.toFixed(2).padStart(6)} times the cost ${mebibytes.toFixed(0).padStart(5)} MiB\n`,
    );
  }
}

async function measure(timed: Timed, size: number, url: string | undefined): Promise<Measured> {
  const accounts = Array.from({ length: size }, (_, index) => ({
    email: `office-${index}@${DOMAIN}`,
    hostedDomain: DOMAIN,
  }));
  const google = await startGoogle({ accounts });
  const folder = await mkdtemp(join(tmpdir(), 'writeupp-mail-bench-'));
  try {
    const keyFile = join(folder, 'key.json');
    await mkdir(join(folder, 'settings'), { mode: 0o700 });
    const key = await google.addServiceAccount().newKey();
    await writeFile(keyFile, JSON.stringify(key), { mode: 0o600 });
    const table = accounts.map(
      ({ email }, index) => `practice-${index},login-${index}@${DOMAIN},smtp.example,${email}`,
    );
    const env: NodeJS.ProcessEnv = {
      PATH: process.env.PATH,
      HOME: folder,
      WRITEUPP_MAIL_HOME: join(folder, 'settings'),
      WRITEUPP_MAIL_GOOGLE_URL: google.url,
      WRITEUPP_MAIL_CREDENTIALS: 'vault',
      WRITEUPP_MAIL_PASSPHRASE: randomBytes(24).toString('base64url'),
      ...(url === undefined ? {} : { WRITEUPP_MAIL_STORE: url }),
    };
    const named = ['name,login,smtp-host,smtp-user', ...table].join('\n');
    await run(timed, ['site', 'import', '-', '--json'], env, named);
    const args = ['migrate', '--all', '--yes', '--json', '--parallel', PARALLEL];
    const started = performance.now();
    const peak = await run(timed, [...args, '--service-account', keyFile], env, '');
    const milliseconds = performance.now() - started;
    if (google.messages.length !== size) throw new Error(`${google.messages.length} messages`);
    return { milliseconds, perSecond: (size * 1000) / milliseconds, mebibytes: peak / 1024 };
  } finally {
    await google.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns the most memory that it took, in KiB */
function run(
  { node, program }: Timed,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  input: string,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(node, ['--require', COUNTING, program, ...args], { env });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said = (said + chunk).slice(-4_000);
    });
    child.stdout.resume();
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(Number(said.split('\n').at(-1)));
      else reject(new Error(`${args.join(' ')} ended with exit code ${code}: ${said}`));
    });
  });
}
