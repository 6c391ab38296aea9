/**
 * Runs the tests: `npm test` those that take little time, `--all` all of them, at full length (TEST_ALL=1), and
 * `--postgres` those of the commands for one site, with each computer's records in a PostgreSQL (TEST_STORE=postgres).
 * Further arguments go to jest; files that are named are run, whether they take long or not.
 */

import { spawnSync } from 'node:child_process';

/**
 * Left out by `npm test`. What they prove is proven in a smaller way by other files: these do it at every point,
 * with the real thing, or by waiting for real time limits.
 */
const LONG = [
  // Kills, crowds, full disks, and what a kernel sees; every order of two runs.
  'test/durability/',
  'test/model/',
  'test/storage/ownership',
  // A real browser, terminal, keychain, proxy and name server.
  'test/cli/real-',
  'test/cli/doctor-network',
  'test/cli/proxy',
  'test/cli/will-it-arrive',
  'test/credentials/keychain',
  // The vault's key at its full price, each time.
  'test/credentials/vault',
  // What many sites, many computers, a service account or support need: each case by processes of its own.
  'test/cli/(?:delegation|doctor|migrate-all|site-move|status-fleet|team)',
  // Every refusal by a process of its own, every command with broken streams, thousands of hostile requests.
  'test/cli/refusals',
  'test/cli/streams',
  'test/security/loopback',
  // Packages of the registry, Node.js of every version among them.
  'test/package/(?:nodes|installed|executable)',
];

/** What a command for one site says and does, wherever the record is. */
const ON_BOTH_STORES = [
  'completion|damaged-record|delegation|doctor|dry-run|explained|history|migrate|migrate-again|migrate-terminal',
  'rehearsal|revert-smtp|revert-terminal|send-[a-z-]+|sign-in|sign-in-[a-z-]+|sign-out|site|status|status-[a-z-]+',
  'test-connection|usage|waiting',
].map((names) => `test/cli/(?:${names})\\.test`);

const args = process.argv.slice(2);
const isAll = args.includes('--all');
const isOnPostgres = args.includes('--postgres');
const rest = args.filter((arg) => arg !== '--all' && arg !== '--postgres');
const namesNone = rest.every((arg) => arg.startsWith('-'));
const isQuick = !isAll && !isOnPostgres && namesNone;
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
    ...(isOnPostgres && namesNone ? ['--testPathPatterns', ...ON_BOTH_STORES] : []),
  ],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      ...(isAll ? { TEST_ALL: '1' } : {}),
      ...(isOnPostgres ? { TEST_STORE: 'postgres' } : {}),
    },
  },
);
process.exitCode = status ?? 1;

async function isInstalled(name) {
  const { findProgram } = await import('../build/test/support/find-program.js');
  return findProgram(name) !== undefined;
}
