/**
 * Power cuts: each state that one may leave of a command is given to the next command. What was reported is there,
 * nothing is said that is not so, and the site can send.
 */

import { randomInt } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseSite } from '../../src/sites/record.js';
import type { Site } from '../../src/sites/site.js';
import { startSmtpServer } from '../support/mail-server.js';
import { addSmtpSite } from '../support/mail-site.js';
import { describeWith } from '../support/system-part.js';
import { useStandIn } from '../support/use-stand-in.js';
import { ACCOUNT, SITE, SMTP_PASSWORD, type Workspace } from '../support/workspace.js';
import { type Allowed, checkAfterKill, checkNextMigrate } from './checks.js';
import { type CrashState, crashStates, readTree, type Tree, writeTree } from './crash-states.js';
import { runLettingPersonSignIn } from './run-with-person.js';
import { vaultReader } from './secrets-on-disk.js';
import { type SmtpStandIn, startSmtp } from './smtp-stand-in.js';

const { google, newComputer } = useStandIn();
const readSecrets = vaultReader();
const SEED = Number(process.env.TEST_SEED ?? randomInt(2 ** 31));
const IS_WHOLE = process.env.TEST_ALL === '1';
/** How many of the states are given to a command that is a process. */
const TRIED = IS_WHOLE ? 60 : 4;
const NOTHING = { mayRevert: false, mayRevoke: false };

let smtp: SmtpStandIn;
let workspace: Workspace;
let connected: Tree;

beforeAll(async () => {
  smtp = await startSmtp(ACCOUNT, [SMTP_PASSWORD]);
  workspace = await newComputer();
  const server = ['--smtp-host', '127.0.0.1', '--smtp-port', String(smtp.port)];
  await workspace.addSite(undefined, ...server, '--smtp-security', 'none');
  await runLettingPersonSignIn(workspace, ['sign-in', '--json']);
  connected = await readTree(workspace.home);
});
afterAll(() => smtp.close());

/** Some of them, the same for the same seed, and always the last. */
function some(states: readonly CrashState[]): CrashState[] {
  const every = Math.max(1, Math.ceil(states.length / TRIED));
  const offset = SEED % every;
  return states.filter((_state, index) => index % every === offset || index === states.length - 1);
}

function recordIn(tree: Tree): Site | null {
  const text = tree.get(`sites/${SITE}.json`);
  return text == null ? null : parseSite(text.toString(), SITE);
}

describeWith(['strace'], `after a power cut (TEST_SEED=${SEED})`, () => {
  test.each<[string, string[], Allowed, (site: Site) => boolean]>([
    [
      'site set',
      ['site', 'set', '--organisation', 'Harbour Physiotherapy', '--json'],
      NOTHING,
      ({ organisation }) => organisation === 'Harbour Physiotherapy',
    ],
    [
      'revert-smtp',
      ['revert-smtp', '--yes', '--json'],
      { mayRevert: true, mayRevoke: false },
      (site) => site.smtp === null,
    ],
    ['migrate', ['migrate', '--yes', '--json'], NOTHING, (site) => site.smtp === null],
    [
      'sign-out',
      ['sign-out', '--keep-grant', '--yes', '--json'],
      { mayRevert: false, mayRevoke: true },
      ({ gmail }) => gmail === null,
    ],
  ])(
    '%s: the record, the secrets and the history are whole, and the next migrate gets there',
    async (_name, args, allowed, isDone) => {
      await writeTree(workspace.home, connected);
      const states = await crashStates(workspace, args, { seed: SEED });
      expect(states.length).toBeGreaterThan(3);
      const found: string[] = [];
      const tried = new Set(some(states));
      for (const state of states) {
        await writeTree(workspace.home, state.tree);
        const after = await checkAfterKill(workspace, google, readSecrets, allowed);
        const site = recordIn(state.tree);
        const kept =
          state.isEnd && (site === null || !isDone(site)) ? ['what was reported is not there'] : [];
        const next = tried.has(state) ? await checkNextMigrate(workspace, google, readSecrets) : [];
        found.push(...[...after, ...kept, ...next].map((what) => `${what} (${state.where})`));
      }
      expect(found.slice(0, 5)).toEqual([]);
    },
    IS_WHOLE ? 900_000 : 120_000,
  );

  test(
    'a first site with its password, in a folder that was not there: the same command goes on, and what was reported is there',
    async () => {
      const computer = await newComputer();
      await mkdir(computer.home, { recursive: true, mode: 0o700 });
      const add = ['site', 'add', SITE, '--organisation', 'Harbour Physio', '--login', ACCOUNT];
      const server = ['--smtp-host', '127.0.0.1', '--smtp-port', String(smtp.port)];
      const login = ['--smtp-security', 'none', '--smtp-user', ACCOUNT, '--smtp-password-stdin'];
      const args = [...add, ...server, ...login, '--json'];
      const states = await crashStates(computer, args, { seed: SEED, input: SMTP_PASSWORD });
      const found: string[] = [];
      for (const state of some(states)) {
        await writeTree(computer.home, state.tree);
        const again = await computer.run(args, { input: SMTP_PASSWORD });
        const isThere = String(again.error?.message).includes('on record already');
        const is = isThere || (again.code === 0 && !state.isEnd);
        if (!is) found.push(`${again.code} ${again.error?.message} (${state.where})`);
        const after = await checkAfterKill(computer, google, readSecrets, NOTHING);
        found.push(...after.map((what) => `${what} (${state.where})`));
      }
      expect(found.slice(0, 5)).toEqual([]);
    },
    IS_WHOLE ? 900_000 : 120_000,
  );

  test(
    'a message of a spool is in one folder whole, and is never sent a second time',
    async () => {
      const server = await startSmtpServer({ security: 'none' });
      const computer = await newComputer();
      await addSmtpSite(computer, { port: server.port, security: 'none' });
      const spool = join(computer.home, 'spool');
      await mkdir(join(spool, 'new'), { recursive: true, mode: 0o700 });
      const message = 'To: pat@x.example\nSubject: x\n\nThe body.\n';
      await writeFile(join(spool, 'new', 'm'), message, { mode: 0o600 });
      const args = ['send', '--batch', spool, '--settle', '0', '--json'];
      const states = await crashStates(computer, args, { seed: SEED, marker: 'The body.' });
      const found: string[] = [];
      for (const state of states) {
        const places = [...state.tree].filter(([path]) => /^spool\/\w+\/m$/.test(path));
        const isWhole = places.length === 1 && places[0]?.[1]?.toString() === message;
        if (!isWhole) found.push(`it lies in ${places.length} places (${state.where})`);
        const isWaiting = places[0]?.[0] === 'spool/new/m';
        if (isWaiting && state.hasLeft) found.push(`it would be sent again (${state.where})`);
      }
      for (const state of some(states)) {
        await writeTree(computer.home, state.tree);
        const before = server.messages.length;
        const run = await computer.run(args);
        const sent = server.messages.length - before;
        const rest = await readTree(spool);
        const isKept = [...rest.keys()].some((path) => /^(?:sent|unknown)\/m$/.test(path));
        if (sent > (state.hasLeft ? 0 : 1)) found.push(`it was sent again (${state.where})`);
        if (!isKept) found.push(`it is nowhere: ${run.stderr} (${state.where})`);
      }
      await server.close();
      expect(found.slice(0, 5)).toEqual([]);
    },
    IS_WHOLE ? 900_000 : 120_000,
  );
});
