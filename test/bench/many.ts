/**
 * The part of `npm run bench` about many sites: how many a second `migrate --all` switches by a service account, in one
 * process and in three side by side, and what memory it takes, on files and on PostgreSQL. The stand-in for Google is a
 * process of its own, on the same processors.
 */

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { AccountOptions } from '../stand-in/accounts.js';
import { findProgram } from '../support/find-program.js';
import { startPostgres } from '../support/postgres.js';
import type { Timed } from './computer.js';

const COUNTING = fileURLToPath(new URL('../../../test/bench/peak-memory.cjs', import.meta.url));
const SERVE = fileURLToPath(new URL('../stand-in/serve.js', import.meta.url));
const DOMAIN = 'harbour-physio.example';
const TARGET = 200;
const PARALLEL = '8';
const PROCESSES = [1, 3];

/** One run over many sites. */
interface Measured {
  readonly perSecond: number;
  readonly milliseconds: number;
  /** The most that one of its processes ever took. */
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
  for (const processes of PROCESSES) {
    let first: number | null = null;
    for (const size of sizes) {
      const measured = await measure(timed, size, processes, await newStore());
      const { perSecond, milliseconds, mebibytes } = measured;
      first ??= milliseconds / size;
      const ratio = milliseconds / size / first;
      process.stdout.write(
        `${store.padEnd(12)}${processes} ${(processes === 1 ? 'process' : 'processes').padEnd(9)}${String(size).padStart(7)} sites ${perSecond.toFixed(0).padStart(6)} a second ${ratio.toFixed(2).padStart(6)} times the cost ${mebibytes.toFixed(0).padStart(5)} MiB\n`,
      );
    }
  }
}

async function measure(
  timed: Timed,
  size: number,
  processes: number,
  url: string | undefined,
): Promise<Measured> {
  const accounts = Array.from({ length: size }, (_, index) => ({
    email: `office-${index}@${DOMAIN}`,
    hostedDomain: DOMAIN,
  }));
  const folder = await mkdtemp(join(tmpdir(), 'writeupp-mail-bench-'));
  const keyFile = join(folder, 'key.json');
  const google = await serveGoogle(folder, accounts, keyFile);
  try {
    await mkdir(join(folder, 'settings'), { mode: 0o700 });
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
    const peaks = await Promise.all(
      Array.from({ length: processes }, () =>
        run(timed, [...args, '--service-account', keyFile], env, ''),
      ),
    );
    const milliseconds = performance.now() - started;
    const messages = await google.stop();
    if (messages !== size) throw new Error(`${messages} messages`);
    const mebibytes = Math.max(...peaks) / 1024;
    return { milliseconds, perSecond: (size * 1000) / milliseconds, mebibytes };
  } finally {
    await google.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface ServedGoogle {
  readonly url: string;
  /** @returns how many messages it accepted */
  stop(): Promise<number>;
}

/** @param keyFile where it puts the key of a service account that sends in the names of all */
async function serveGoogle(
  folder: string,
  accounts: readonly AccountOptions[],
  keyFile: string,
): Promise<ServedGoogle> {
  const accountsFile = join(folder, 'accounts.json');
  await writeFile(accountsFile, JSON.stringify(accounts));
  const args = ['--client-file', join(folder, 'client.json'), '--accounts', accountsFile];
  const child = spawn(process.execPath, [SERVE, ...args, '--service-account', keyFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const lines = createInterface({ input: child.stdout });
  let told = 0;
  const first = once(lines, 'line');
  lines.on('line', () => {
    told += 1;
  });
  const [line] = await first;
  const { url } = JSON.parse(line) as { url: string };
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      // The first line tells the address.
      return told - 1;
    },
  };
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
