/** Each of Google's refusals, brought about against the built program: what it ends on, and what it must not touch. */

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { EXIT_CODES } from '../../src/errors.js';
import { GOOGLE_ERRORS, type GoogleErrorName } from '../stand-in/errors.js';
import type { Point } from '../stand-in/misbehaviour.js';
import type { GoogleStandIn } from '../stand-in/stand-in.js';
import { TAMPERS, type TamperName } from '../stand-in/tampers.js';
import type { Prepared } from '../support/prepared.js';
import type { RunResult } from '../support/program.js';
import { type StandIn, useStandIn } from '../support/use-stand-in.js';
import { ACCOUNT, SMTP_PASSWORD, type Workspace } from '../support/workspace.js';
import { CASE_COUNT, type Expected, GOOGLE_CASES, TAMPER_CASES } from './refusal-cases.js';

/** One case to run: how it is brought about, and what it must end on. */
interface Case {
  readonly name: string;
  readonly point: Point;
  readonly expected: Expected;
  bringAbout(google: GoogleStandIn): void;
}

/** What a case did. */
interface Outcome {
  readonly run: RunResult;
  /** What the browser showed at the end; empty where none was opened. */
  readonly html: string;
  readonly before: Kept;
  readonly after: Kept;
  readonly messagesSent: number;
}

/** What a refusal must leave as it is. */
interface Kept {
  readonly smtp: unknown;
  readonly connection: unknown;
  readonly secrets: Readonly<Record<string, string>>;
}

const CASES: readonly Case[] = [
  ...(Object.entries(GOOGLE_CASES) as [GoogleErrorName, Expected][]).map(([name, expected]) => ({
    name,
    point: GOOGLE_ERRORS[name].point,
    expected,
    bringAbout: (google: GoogleStandIn) => google.fail(name),
  })),
  ...(Object.entries(TAMPER_CASES) as [TamperName, Expected][]).map(([name, expected]) => ({
    name: `tamper ${name}`,
    point: TAMPERS[name].point,
    expected,
    bringAbout: (google: GoogleStandIn) => google.tamper(name),
  })),
];

/** Cases run side by side, each lane with a stand-in of its own: a stand-in misbehaves towards everybody. */
const lanes = Array.from({ length: 4 }, () => useStandIn());
const PASSPHRASE = 'a passphrase of the tests';

const outcomes = new Map<string, Outcome>();
/** A case that could not be run fails alone. */
const broken = new Map<string, unknown>();
const secrets = new Set<string>([SMTP_PASSWORD, PASSPHRASE]);

beforeAll(async () => {
  const queue = [...CASES];
  const work = async ({ google, prepared }: StandIn) => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      try {
        outcomes.set(next.name, await runCase(next, google, prepared));
      } catch (error) {
        broken.set(next.name, error);
      }
    }
    for (const secret of google.secrets()) secrets.add(secret);
  };
  await Promise.all(lanes.map(work));
}, 600_000);

async function runCase(one: Case, google: GoogleStandIn, prepared: Prepared): Promise<Outcome> {
  const workspace = await prepared.at('tested');
  const before = await kept(workspace);
  const messages = google.messages.length;
  one.bringAbout(google);
  try {
    // NODE_DEBUG makes Node.js print requests with all that is in them.
    const options = { env: { NODE_DEBUG: '*', TZ: 'UTC' } };
    const isSignIn = one.point === 'authorize' || one.point === 'token:code';
    const { run, html } = isSignIn
      ? await signIn(one, workspace, options)
      : { run: await workspace.run(['test-connection', '--json', '--verbose'], options), html: '' };
    const messagesSent = google.messages.length - messages;
    return { run, html, before, after: await kept(workspace), messagesSent };
  } finally {
    google.behave();
    await workspace.remove();
  }
}

async function signIn(
  { expected }: Case,
  workspace: Workspace,
  options: { readonly env: Readonly<Record<string, string>> },
): Promise<{ run: RunResult; html: string }> {
  const timeout = expected.code === 'sign-in-timeout' ? '2' : '60';
  const { run, page } = await workspace.runWithPerson(
    ['sign-in', '--reauthenticate', '--json', '--verbose', '--timeout', timeout],
    { account: ACCOUNT },
    options,
  );
  return { run, html: page.html };
}

async function kept(workspace: Workspace): Promise<Kept> {
  const record = await workspace.record();
  // When it was used, and that it was refused, are news and no loss.
  const { usedAt: _, refusals: __, ...connection } = Object(record?.gmail);
  return { smtp: record?.smtp, connection, secrets: await secretFiles(workspace) };
}

async function secretFiles({ home }: Workspace): Promise<Readonly<Record<string, string>>> {
  const folder = join(home, 'vault');
  const names = (await readdir(folder)).filter((name) => !name.includes('access-token')).sort();
  const prints = await Promise.all(
    names.map(async (name) => {
      const content = await readFile(join(folder, name));
      return [name, createHash('sha256').update(content).digest('hex')] as const;
    }),
  );
  return Object.fromEntries(prints);
}

describe(`${CASE_COUNT} refusals, each against the built program`, () => {
  test.each(CASES.map((one) => [one.name, one] as const))('%s', (name, { expected, point }) => {
    const outcome = outcomes.get(name);
    if (outcome === undefined) throw broken.get(name);
    const { run, before, after, messagesSent } = outcome;
    const { code, says, reason, sent, retryAt, adminNote } = expected;
    const exitCode = EXIT_CODES[code];

    expect(run.error).toMatchObject({
      event: 'error',
      code,
      exitCode,
      message: expect.stringMatching(/^\S.+\.$/s),
      hint: expect.stringMatching(/\S/),
    });
    expect(run.code).toBe(exitCode);
    expect(`${run.error?.message}\n${run.error?.hint}`).toContain(says);
    expect(run.error?.hint).toContain('Your SMTP settings are untouched.');
    expect(run.error?.reason).toBe(reason);
    expect(run.error?.retryAt).toBe(retryAt);
    expect(run.error?.sent).toBe(point === 'send' ? sent : undefined);
    expect(typeof run.error?.adminNote).toBe(adminNote ? 'string' : 'undefined');
    if (code === 'sign-in-needed') {
      expect(run.error?.hint).toContain(', run: writeupp-mail sign-in');
    }

    expect(messagesSent).toBe(0);
    expect(after).toEqual(before);
  });

  test('no token, code, verifier or password is in any output, --verbose and NODE_DEBUG included', () => {
    // Enough to be sure that the list is not empty by mistake: each lane signs in at least once.
    expect(secrets.size).toBeGreaterThan(CASES.length);
    const leaks = [...outcomes].flatMap(([name, { run, html }]) => {
      const output = run.stdout + run.stderr + html;
      return [...secrets]
        .filter((secret) => output.includes(secret) || output.includes(encodeURIComponent(secret)))
        .map((secret) => `${name}: ${secret.slice(0, 6)}…`);
    });
    expect(leaks).toEqual([]);
  });

  test('--verbose tells which requests were made', () => {
    const { run } = outcomes.get('gmail-rate-limit') ?? {};
    expect(run?.stderr).toMatch(/→ POST http:\/\/127\.0\.0\.1:\d+\/token/);
    expect(run?.stderr).toMatch(
      /← 403 POST http:\/\/127\.0\.0\.1:\d+\/gmail\/v1\/users\/me\/messages\/send \(\d+ ms\)/,
    );
  });
});
