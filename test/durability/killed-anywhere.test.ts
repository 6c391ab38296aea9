/** Killed at every point: whatever a command was doing, the site can send, and the next `migrate` completes. */

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startKeyring } from '../support/keyring.js';
import { describeWith } from '../support/system-part.js';
import { useStandIn } from '../support/use-stand-in.js';
import { ACCOUNT, SMTP_PASSWORD, type Workspace } from '../support/workspace.js';
import { accountOfItsOwn } from './checks.js';
import { runLettingPersonSignIn } from './run-with-person.js';
import { keyringReader, vaultReader } from './secrets-on-disk.js';
import { copyOf, runSeries, type Series, type SeriesPorts, type SeriesResult } from './series.js';
import { type SmtpStandIn, startSmtp } from './smtp-stand-in.js';

const NEW_PASSWORD = 'Tr0ub4dor-smtp-secret-2';
const SERIES_LIMIT_MS = 10 * 60_000;
/** The whole series takes ten minutes, by KILL_EVERY=1: else samples are taken, at other points each time. */
const EVERY = Number(process.env.KILL_EVERY ?? (process.env.TEST_ALL === '1' ? 2 : 5));

const { google, newComputer } = useStandIn();
let smtp: SmtpStandIn;
const results: SeriesResult[] = [];
const states = new Map<string, Workspace>();

beforeAll(async () => {
  smtp = await startSmtp(ACCOUNT, [SMTP_PASSWORD, NEW_PASSWORD]);
  await makeState('smtp', onSmtp);
  await makeState('connected', async (workspace) => {
    await onSmtp(workspace);
    await succeed(workspace, ['sign-in', '--json']);
  });
  await makeState('migrated', async (workspace) => {
    await onSmtp(workspace);
    await succeed(workspace, ['migrate', '--yes', '--json']);
  });
  tellHeading();
}, 120_000);

afterAll(async () => {
  tell(total(results));
  await smtp.close();
});

const MIGRATE = ['migrate', '--yes', '--json'];
const NOTHING_MORE = { mayRevert: false, mayRevoke: false };

describe('killed at every point', () => {
  const ALL: readonly [string, () => Omit<Series, 'name'>][] = [
    ['migrate', () => ({ args: MIGRATE, prepare: from('smtp'), ...NOTHING_MORE })],
    ['migrate, connected', () => ({ args: MIGRATE, prepare: from('connected'), ...NOTHING_MORE })],
    ['sign-in', () => ({ args: ['sign-in', '--json'], prepare: from('smtp'), ...NOTHING_MORE })],
    [
      'sign-in --reauthenticate',
      () => ({
        args: ['sign-in', '--reauthenticate', '--json'],
        prepare: from('connected'),
        ...NOTHING_MORE,
      }),
    ],
    [
      'sign-in --reauthenticate, migrated',
      () => ({
        args: ['sign-in', '--reauthenticate', '--json'],
        prepare: from('migrated'),
        mayRevert: true,
        mayRevoke: false,
      }),
    ],
    [
      'revert-smtp',
      () => ({
        args: ['revert-smtp', '--yes', '--json'],
        prepare: from('smtp'),
        mayRevert: true,
        mayRevoke: false,
      }),
    ],
    [
      'sign-out',
      () => ({
        args: ['sign-out', '--yes', '--json'],
        prepare: connectedWithAnAccountOfItsOwn,
        mayRevert: false,
        mayRevoke: true,
      }),
    ],
    [
      'site set --smtp-password-stdin',
      () => ({
        args: ['site', 'set', '--smtp-password-stdin', '--json'],
        input: NEW_PASSWORD,
        prepare: from('smtp'),
        ...NOTHING_MORE,
      }),
    ],
    [
      'site set --organisation',
      () => ({
        args: ['site', 'set', '--organisation', 'Harbour Physiotherapy', '--json'],
        prepare: from('smtp'),
        ...NOTHING_MORE,
      }),
    ],
    [
      'site set --organisation, migrated',
      () => ({
        args: ['site', 'set', '--organisation', 'Harbour Physiotherapy', '--json'],
        prepare: from('migrated'),
        mayRevert: true,
        mayRevoke: false,
      }),
    ],
  ];
  test.each(ALL)(
    '%s',
    async (name, series) => {
      const ports = { google, readSecrets: vaultReader(), env: {}, every: EVERY, atOnce: 12 };
      await expectNoViolation({ name, ...series() }, ports);
    },
    SERIES_LIMIT_MS,
  );
});

describeWith(['keyring'], 'killed while the keyring is written', () => {
  test(
    'migrate, with the secrets in gnome-keyring',
    async () => {
      const keyring = await startKeyring({ unlocked: true });
      try {
        const { PATH: _path, ...env } = keyring.env;
        await expectNoViolation(
          { name: 'migrate, keyring', args: MIGRATE, prepare: onSmtp, ...NOTHING_MORE },
          {
            ...{
              google,
              readSecrets: keyringReader(),
              every: EVERY === 1 ? 1 : EVERY * 2,
              atOnce: 6,
            },
            env: { ...env, WRITEUPP_MAIL_CREDENTIALS: 'keychain' },
          },
        );
      } finally {
        await keyring.stop();
      }
    },
    SERIES_LIMIT_MS,
  );
});

async function expectNoViolation(series: Series, ports: SeriesPorts): Promise<void> {
  const result = await runSeries(series, ports);
  results.push(result);
  tell(result);
  expect(result.violations).toEqual([]);
  expect(result.killed).toBeGreaterThan(0);
}

async function makeState(name: string, make: (workspace: Workspace) => Promise<void>) {
  const workspace = await newComputer();
  states.set(name, workspace);
  await make(workspace);
}

function from(state: string): Series['prepare'] {
  return (workspace, number) => copyOf(states.get(state) as Workspace)(workspace, number);
}

async function onSmtp(workspace: Workspace): Promise<void> {
  const here = ['--smtp-host', '127.0.0.1', '--smtp-port', String(smtp.port)];
  const added = await workspace.addSite(undefined, ...here, '--smtp-security', 'none');
  expect(added.code).toBe(0);
}

async function connectedWithAnAccountOfItsOwn(workspace: Workspace, number: number) {
  await copyOf(states.get('smtp') as Workspace)(workspace, number);
  const account = accountOfItsOwn(google, number);
  await succeed(workspace, ['sign-in', '--json', '--account', account]);
}

async function succeed(workspace: Workspace, args: readonly string[]): Promise<void> {
  const run = await runLettingPersonSignIn(workspace, args);
  if (run.code !== 0) throw new Error(`${args.join(' ')}: ${run.stdout}${run.stderr}`);
}

/** One row of the table of numbers in the log of the build: each as soon as it is known. */
function tell({ name, points, killed, offset, violations }: SeriesResult): void {
  const numbers = [points, killed, offset + 1, violations.length].map((each) =>
    String(each).padStart(12),
  );
  process.stdout.write(`${name.padEnd(38)}${numbers.join('')}\n`);
}

function tellHeading(): void {
  const which = EVERY === 1 ? 'every point' : `one point of ${EVERY} (each with KILL_EVERY=1)`;
  process.stdout.write(`\nKilled at ${which}\n${'command'.padEnd(38)}`);
  process.stdout.write('      points        runs    first at  violations\n');
}

function total(rows: readonly SeriesResult[]): SeriesResult {
  return {
    name: 'all',
    points: rows.reduce((sum, row) => sum + row.points, 0),
    killed: rows.reduce((sum, row) => sum + row.killed, 0),
    offset: Math.min(...rows.map((row) => row.offset)),
    violations: rows.flatMap((row) => row.violations),
  };
}
