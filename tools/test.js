/**
 * Runs the tests: `npm test` those that take little time, `npm run test:all` all of them, at full length
 * (TEST_ALL=1). Further arguments go to jest; files that are named are run, whether they take long or not.
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

const args = process.argv.slice(2);
const isAll = args.includes('--all');
const rest = args.filter((arg) => arg !== '--all');
const isQuick = !isAll && rest.every((arg) => arg.startsWith('-'));
const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
const { status } = spawnSync(
  process.execPath,
  [
    ...[...jest, 'node_modules/jest/bin/jest.js', ...rest],
    ...(isQuick ? ['--testPathIgnorePatterns', ...LONG] : []),
  ],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      ...(isAll ? { TEST_ALL: '1' } : {}),
      ...(isQuick ? { TEST_SHORT: '1' } : {}),
    },
  },
);
process.exitCode = status ?? 1;
