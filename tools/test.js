/**
 * Runs the tests: `npm test` runs the quick ones; `--all` all of them, at full length (TEST_ALL=1); `--rest` those that
 * `npm test` leaves out; `--postgres` those of the commands that read or write a record, with each computer's records
 * in a PostgreSQL (TEST_STORE=postgres); and `--backend` those of the commands for one site, with WriteUpp's own
 * settings behind the reference backend (TEST_STORE=http).
 * Further arguments are passed to jest; files that are named are run, however long they take.
 */

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Left out by `npm test`. Other files prove the same on a smaller scale: these do it at every point, with the real
 * thing, or by waiting for real time limits.
 */
const LONG = [
  // Kills, many processes at once, full disks, and what a kernel sees; every order of two runs.
  'test/durability/',
  'test/model/(?:interleavings|mutants|plan)\\.',
  'test/storage/ownership',
  // A real database; real shells, and mail servers on both sides.
  'test/stores/(?:contract-postgres|partitions|postgres|team)\\.',
  'test/cli/(?:completion|postfix|relay|send-as-sendmail|send-smtp)',
  // Outages, refusals and time limits, each in a separate process; their rules are tested in memory.
  'test/cli/(?:explained|migrate-again|send-once|sign-in-client|sign-in-terminal|signals|site-import|store|waiting)\\.',
  'test/stores/http-slow',
  // A real browser, terminal, keychain, proxy and name server.
  'test/cli/real-',
  'test/cli/doctor-network',
  'test/cli/proxy',
  'test/cli/will-it-arrive',
  'test/credentials/keychain',
  // The vault's key at its full cost, each time.
  'test/credentials/vault',
  // What many sites, many computers, a service account or support need: separate processes for each case.
  'test/cli/(?:delegation|doctor|migrate-all|site-move|status-fleet|team)',
  // A separate process for every refusal, every command with broken streams, thousands of hostile requests.
  'test/cli/refusals',
  'test/cli/streams',
  'test/security/loopback',
  // Windows, under Wine.
  'test/windows/',
  // Packages from the registry, including every version of Node.js.
  'test/package/(?:nodes|installed|kit)',
];

const ofCommands = (names) => `test/cli/(?:${names})\\.test`;

/** What a command does to one site, wherever its settings are. */
const ON_BACKEND = [
  'dry-run|history|migrate|migrate-again|revert-smtp|sign-in|sign-in-client|sign-out',
  'status|status-check|test-connection',
].map(ofCommands);

/** And what needs this program's own records. */
const ON_POSTGRES = [
  ...ON_BACKEND,
  ofCommands('damaged-record|rehearsal|send-batch|send-use|send-watch|site|waiting'),
];

const args = process.argv.slice(2);
const isAll = args.includes('--all');
const isOnBackend = args.includes('--backend');
const isOnPostgres = args.includes('--postgres');
const isRest = args.includes('--rest');
const rest = args.filter((arg) => !['--all', '--backend', '--postgres', '--rest'].includes(arg));
const namesNone = rest.every((arg) => arg.startsWith('-'));
const isQuick = !isAll && !isOnBackend && !isOnPostgres && !isRest && namesNone;
if (isOnPostgres && !process.env.CI && !(await isInstalled('initdb'))) {
  process.stdout.write('Skipped: the commands with records in a PostgreSQL (not installed here)\n');
  process.exit();
}
const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
const { status } = spawnSync(
  process.execPath,
  [
    ...[...jest, 'node_modules/jest/bin/jest.js', ...rest],
    ...(isQuick ? ['--testPathIgnorePatterns', ...LONG] : []),
    ...(isOnPostgres && namesNone ? ['--testPathPatterns', ...ON_POSTGRES] : []),
    ...(isOnBackend && namesNone ? ['--testPathPatterns', ...ON_BACKEND] : []),
    ...(isRest && namesNone ? ['--testPathPatterns', ...LONG, ...longerWithAll()] : []),
  ],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      ...(isAll || isRest ? { TEST_ALL: '1' } : {}),
      ...(isOnPostgres ? { TEST_STORE: 'postgres' } : {}),
      ...(isOnBackend ? { TEST_STORE: 'http' } : {}),
    },
  },
);
process.exitCode = status ?? 1;

/** The files that `npm test` runs in a shorter form. */
function longerWithAll() {
  return readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join('test', name))
    .filter((path) => readFileSync(path, 'utf8').includes('env.TEST_ALL'));
}

async function isInstalled(name) {
  const { findProgram } = await import('../build/test/support/find-program.js');
  return findProgram(name) !== undefined;
}
