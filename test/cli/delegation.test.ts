/** Workspace delegation, run as a process: nobody signs in, and the service account's key is kept once. */

import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { GoogleErrorName } from '../stand-in/errors.js';
import type { StandInServiceAccount } from '../stand-in/service-accounts.js';
import { useComputer } from '../support/use-stand-in.js';
import { ACCOUNT, type ProgramOptions, SITE } from '../support/workspace.js';

const SCOPE = 'https://www.googleapis.com/auth/gmail.send';

const { google, workspace } = useComputer({
  googleFor: 'test',
  env: { WRITEUPP_MAIL_OAUTH_CLIENT: undefined },
});
let mailer: StandInServiceAccount;
let keyFile: string;

beforeEach(async () => {
  // No Google client file: delegation needs none.
  mailer = google.addServiceAccount();
  keyFile = await writeJson('key.json', await mailer.newKey());
  await workspace.addSite();
});

async function writeJson(name: string, value: object): Promise<string> {
  const path = join(workspace.folder, name);
  await writeFile(path, JSON.stringify(value), { mode: 0o600 });
  return path;
}

const migrate = (...more: readonly string[]) =>
  workspace.run(['migrate', '--yes', '--json', '--service-account', keyFile, ...more]);
const statusOf = async (name = SITE) =>
  (await workspace.run(['status', '--json', '--site', name])).result as unknown as {
    readonly gmail: Record<string, unknown> | null;
    readonly pathway: string;
  };
const keys = async () =>
  (await workspace.secretFiles()).filter((name) => name.includes('service-account-key'));
/** A person who is signed in to Google Cloud on this computer. */
const cloud = async (mayCreateTokens = true): Promise<ProgramOptions> => ({
  env: {
    GOOGLE_APPLICATION_CREDENTIALS: await writeJson('adc.json', mailer.newPerson(mayCreateTokens)),
  },
});

describe('by key file', () => {
  test('the whole switch, without a browser and without a Google client file', async () => {
    const { code, result } = await migrate();
    expect(code).toBe(0);
    expect(result).toMatchObject({
      pathway: 'gmail',
      smtp: null,
      gmail: { email: ACCOUNT, method: 'delegation', serviceAccount: mailer.email },
    });
    expect(google.messages).toHaveLength(1);
    const [message] = google.messages;
    expect(message?.account).toBe(ACCOUNT);
    expect(result).toMatchObject({ testMessage: { id: message?.id } });
  });

  test('goes on without the file: its key is kept, and nowhere but in the store', async () => {
    const file = JSON.parse(await readFile(keyFile, 'utf8')) as { private_key: string };
    await workspace.run(['sign-in', '--json', '--service-account', keyFile]);
    await rm(keyFile);
    expect((await workspace.run(['test-connection', '--json'])).code).toBe(0);
    const sent = await workspace.run(['migrate', '--yes', '--json']);
    expect(sent).toMatchObject({ code: 0 });
    expect(google.messages).toHaveLength(1);
    const line = file.private_key.split('\n')[3] ?? '';
    for (const path of await readdir(workspace.folder, { recursive: true })) {
      const text = await readFile(join(workspace.folder, path), 'latin1').catch(() => '');
      expect(text.includes(line)).toBe(false);
    }
  });

  test('sends patients’ email, with the token that is kept', async () => {
    await migrate();
    const message = 'From: x@y.example\nTo: pat@patients.example\nSubject: s\n\nHello\n';
    for (let round = 0; round < 2; round += 1) {
      const { code } = await workspace.run(['send', '--json'], { input: message });
      expect(code).toBe(0);
    }
    expect(google.mailbox('pat@patients.example')).toHaveLength(2);
    const asked = google.requests.filter(({ fields }) => fields.includes('assertion'));
    expect(asked).toHaveLength(2);
  });

  test('a second run sends no second message, and another key is kept in place of the first', async () => {
    await migrate();
    expect((await migrate()).code).toBe(0);
    expect(google.messages).toHaveLength(1);
    mailer.deleteKeys();
    expect((await workspace.run(['status', '--check', '--json'])).error?.code).toBe(
      'invalid-oauth-client',
    );
    keyFile = await writeJson('new-key.json', await mailer.newKey());
    const renewed = await workspace.run(['sign-in', '--json', '--service-account', keyFile]);
    expect(renewed).toMatchObject({ code: 0, result: { signedIn: true } });
    expect((await workspace.run(['status', '--check', '--json'])).code).toBe(0);
    expect(await keys()).toHaveLength(1);
  });

  test('addresses in the file are ignored', async () => {
    const file = JSON.parse(await readFile(keyFile, 'utf8')) as object;
    await writeJson('key.json', { ...file, token_uri: 'http://127.0.0.1:1/token' });
    expect((await migrate()).code).toBe(0);
  });

  test('a dry run asks Google, and changes nothing', async () => {
    const before = await workspace.record();
    const { code, events } = await migrate('--dry-run');
    expect(code).toBe(0);
    expect(
      events.find(({ step, status }) => step === 'sign-in' && status === 'skipped'),
    ).toMatchObject({ would: `Would let the service account ${mailer.email} send as ${ACCOUNT}.` });
    expect(await workspace.record()).toEqual(before);
  });

  test.each([
    ['an app’s client file', () => google.clientFile()],
    [
      'a key without its key',
      () => ({
        type: 'service_account',
        client_email: mailer.email,
        client_id: '1',
        private_key_id: 'k',
        private_key: 'x',
      }),
    ],
    ['a person’s credentials', () => mailer.newPerson()],
  ])('%s is refused in words, and not quoted', async (_what, content) => {
    keyFile = await writeJson('other.json', content());
    const { code, error, stdout } = await migrate();
    expect([code, error?.code]).toEqual([2, 'invalid-settings']);
    expect(error?.hint).toContain('iam.disableServiceAccountKeyCreation');
    for (const secret of google.secrets()) expect(stdout).not.toContain(secret);
  });
});

describe('keyless', () => {
  test('Google signs, for whoever is signed in to Google Cloud here', async () => {
    const { code, result } = await workspace.run(
      ['migrate', '--yes', '--json', '--service-account', mailer.email],
      await cloud(),
    );
    expect(code).toBe(0);
    expect(result).toMatchObject({ pathway: 'gmail', gmail: { method: 'delegation' } });
    expect(await keys()).toEqual([]);
  });

  const byAddress = ['migrate', '--yes', '--json', '--service-account'];

  test('whoever may not sign is told what is missing', async () => {
    const { code, error } = await workspace.run([...byAddress, mailer.email], await cloud(false));
    expect([code, error?.code]).toEqual([2, 'invalid-settings']);
    expect(error?.hint).toContain('roles/iam.serviceAccountTokenCreator');
  });

  test.each<[string, 'iam' | 'token:refresh', number, object, string]>([
    [
      'the API is switched off',
      'iam',
      403,
      {
        error: {
          code: 403,
          message: 'IAM Service Account Credentials API has not been used in project 1 before.',
          status: 'PERMISSION_DENIED',
          details: [{ reason: 'SERVICE_DISABLED' }],
        },
      },
      'gcloud services enable iamcredentials.googleapis.com',
    ],
    [
      'there is no such account',
      'iam',
      404,
      { error: { code: 404, message: 'Not found; Gaia id not found.', status: 'NOT_FOUND' } },
      'Check the address',
    ],
    [
      'Google has ended the sign-in of gcloud',
      'token:refresh',
      400,
      { error: 'invalid_grant', error_description: 'Bad Request' },
      'gcloud auth application-default login',
    ],
  ])('%s', async (_what, point, status, body, words) => {
    google.misbehave(point, { kind: 'answer', status, body });
    const { error } = await workspace.run([...byAddress, mailer.email], await cloud());
    expect(error).toMatchObject({ code: 'invalid-settings', exitCode: 2 });
    expect(error?.hint).toContain(words);
  });

  test('without credentials of Google Cloud, it says how to get them', async () => {
    const { error } = await workspace.run([
      'migrate',
      '--yes',
      '--json',
      '--service-account',
      mailer.email,
    ]);
    expect(error).toMatchObject({ code: 'invalid-settings', exitCode: 2 });
    expect(error?.hint).toContain('gcloud auth application-default login');
  });

  test('the numeric client id is looked up for the administrator', async () => {
    mailer.scopes = [];
    const { error } = await workspace.run(
      ['migrate', '--yes', '--json', '--service-account', mailer.email],
      await cloud(),
    );
    expect(error).toMatchObject({
      code: 'admin-policy',
      serviceAccount: { email: mailer.email, clientId: mailer.clientId, scope: SCOPE },
    });
  });
});

describe('a refusal says who fixes it, with what to paste', () => {
  const refusals: readonly [string, () => void, string][] = [
    [
      'is not on the list',
      () => {
        mailer.scopes = [];
      },
      'admin-policy',
    ],
    [
      'is on the list by its address',
      () => {
        mailer.isListedByAddress = true;
      },
      'admin-policy',
    ],
    [
      'is on the list for something else',
      () => {
        mailer.scopes = ['email'];
      },
      'admin-policy',
    ],
  ];
  test.each(refusals)('the service account %s', async (_what, change, code) => {
    change();
    const { error } = await migrate();
    expect(error).toMatchObject({ code, exitCode: 1 });
    expect(error?.hint).toContain('Your SMTP settings are untouched.');
    expect(error?.hint).toContain(`The numeric client id to enter: ${mailer.clientId}`);
    expect(error?.hint).toContain(SCOPE);
    const note = String(error?.adminNote);
    expect(note).toContain(mailer.clientId);
    expect(note).toContain('Manage Domain Wide Delegation');
    expect(note).toContain('multi-party approval');
  });

  test.each<[GoogleErrorName, string]>([
    ['delegation-jwt-not-short-lived', 'invalid-settings'],
    ['delegation-jwt-signature', 'invalid-oauth-client'],
    ['delegation-no-verifier', 'invalid-oauth-client'],
    ['delegation-invalid-scope', 'admin-policy'],
    ['delegation-invalid-prn', 'invalid-settings'],
    ['invalid_grant-account-deleted', 'invalid-settings'],
    ['invalid_grant-not-a-valid-email', 'invalid-settings'],
    ['access_denied-client-not-authorized', 'admin-policy'],
    ['access_denied-account-restricted', 'admin-policy'],
    ['admin_policy_enforced', 'admin-policy'],
    ['deleted_client', 'invalid-oauth-client'],
    ['disabled_client', 'invalid-oauth-client'],
    ['org_internal', 'admin-policy'],
  ])('%s', async (name, code) => {
    google.fail(name);
    const { error } = await migrate();
    expect(error?.code).toBe(code);
    expect(error?.hint).toContain('Who can fix this');
    expect(error?.hint).not.toMatch(/client file|sign in again, run/);
    expect(error?.hint).toContain(mailer.clientId);
    expect(error?.hint).toContain(SCOPE);
    expect(await workspace.record()).toMatchObject({ gmail: null });
    expect(await keys()).toEqual([]);
  });

  test('an account that is nobody’s', async () => {
    const { error } = await migrate('--account', 'nobody@harbour-physio.example');
    expect(error?.code).toBe('invalid-settings');
  });
});

describe('several sites with one key', () => {
  beforeEach(async () => {
    await workspace.addSite('second');
    await migrate('--site', SITE);
    await migrate('--site', 'second');
  });

  test('it is kept once, outlives a sign-out of one site, and goes with the last', async () => {
    expect(await keys()).toHaveLength(1);
    const first = await workspace.run(['sign-out', '--yes', '--json', '--site', SITE]);
    expect(first).toMatchObject({ code: 0, result: { gmail: null } });
    expect(await keys()).toHaveLength(1);
    expect((await workspace.run(['test-connection', '--json', '--site', 'second'])).code).toBe(0);
    const removed = await workspace.run(['site', 'remove', '--yes', '--site', 'second']);
    expect(removed.stdout).toContain('Manage Domain Wide Delegation');
    expect(await keys()).toEqual([]);
    expect(google.requests.filter(({ point }) => point === 'revoke')).toEqual([]);
  });

  test('status names the way', async () => {
    expect((await statusOf()).gmail).toMatchObject({ method: 'delegation' });
    const { stdout } = await workspace.run(['status', '--site', SITE]);
    expect(stdout).toContain(mailer.email);
  });
});

test('the note for the administrator, by itself', async () => {
  const { code, stdout } = await workspace.run([
    'sign-in',
    '--admin-note',
    '--service-account',
    keyFile,
  ]);
  expect(code).toBe(0);
  expect(stdout).toContain(mailer.clientId);
  expect(stdout).toContain(SCOPE);
});
