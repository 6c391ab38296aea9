/** The commands for one site, run as processes, where the settings are WriteUpp's own behind a backend. */

import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Sender } from '../settings-api/sender.js';
import { SettingsApi } from '../settings-api/settings-api.js';
import { PROGRAM } from '../support/program.js';
import { useStandIn } from '../support/use-stand-in.js';
import { ACCOUNT, LOGIN, SITE, type Workspace } from '../support/workspace.js';

const { google, newComputer } = useStandIn();
let api: SettingsApi;
let workspace: Workspace;

beforeAll(async () => {
  api = await new SettingsApi({ token: 'wu-token-7f3a9c51' }).listen();
});
afterAll(() => api.close());
beforeEach(async () => {
  api.sites.clear();
  api.history.length = 0;
  api.put({
    ...{ name: SITE, organisation: 'Harbour Physio', organisationEmail: null, login: LOGIN },
    ...{ sendAs: null, account: null },
    smtp: { host: 'smtp.gmail.com', port: 587, security: 'starttls', user: ACCOUNT, from: null },
  });
  workspace = await newComputer({ env: { WRITEUPP_MAIL_STORE: api.url } });
  api.requests.length = 0;
});
afterEach(() => {
  api.fault = null;
});

const scripted = { WRITEUPP_MAIL_STORE_TOKEN: 'wu-token-7f3a9c51' };
const byToken = () => newComputer({ env: { WRITEUPP_MAIL_STORE: api.url, ...scripted } });

describe('store login, status, logout', () => {
  test('takes the token, shows what is pinned, says whether it works, and forgets it', async () => {
    const before = await workspace.run(['status', '--json']);
    expect(before).toMatchObject({ code: 4 });
    expect(before.events.at(-1)).toMatchObject({ event: 'error', code: 'store-sign-in-needed' });

    const login = await workspace.run(['store', 'login', '--json'], { input: `${api.token}\n` });
    expect(login.code).toBe(0);
    expect(login.result).toMatchObject({ ok: true, store: api.facts.id, sendsItself: false });
    expect(login.stdout + login.stderr).not.toContain(api.token);

    const status = await workspace.run(['store', 'status']);
    expect(status.code).toBe(0);
    expect(status.stdout).toContain('accepts the token that is kept here');
    expect((await workspace.run(['status', '--json'])).result).toMatchObject({ pathway: 'smtp' });

    expect((await workspace.run(['store', 'logout'])).code).toBe(0);
    const after = await workspace.run(['status', '--json']);
    expect(after.events.at(-1)).toMatchObject({ code: 'store-sign-in-needed', exitCode: 4 });
  });

  test('refuses a token that the backend does not know, and keeps nothing', async () => {
    const login = await workspace.run(['store', 'login', '--json'], { input: 'another-token' });
    expect(login.events.at(-1)).toMatchObject({ code: 'store-sign-in-needed', exitCode: 4 });
    expect(await workspace.secretFiles()).toEqual([]);
  });

  test('is nothing without such a store', async () => {
    const env = { WRITEUPP_MAIL_STORE: undefined };
    const run = await workspace.run(['store', 'status', '--json'], { env });
    expect(run.events.at(-1)).toMatchObject({ code: 'usage', exitCode: 2 });
  });
});

test('a switch here is the switch: eight requests, SMTP gone in WriteUpp, nothing left to do', async () => {
  const computer = await byToken();
  // The first command pins what the backend says of itself.
  expect((await computer.run(['status', '--json'])).code).toBe(0);
  api.requests.length = 0;
  const { run, page } = await computer.runWithPerson(['migrate', '--yes'], { account: ACCOUNT });
  expect(run).toMatchObject({ code: 0 });
  expect(run.stdout).toContain('All email of this practice goes through Gmail');
  expect(run.stdout + run.stderr + page.html).not.toMatch(
    /left to do in WriteUpp|WriteUpp itself/i,
  );
  expect(api.sites.get(SITE)).toMatchObject({ smtp: null, gmail: { email: ACCOUNT } });
  const asked = api.requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`);
  expect(asked.length).toBeLessThanOrEqual(8);
  expect(api.history.map(({ step }) => step)).toEqual(['sign-in', 'test-message', 'revert-smtp']);

  const again = await computer.run(['migrate', '--yes', '--json']);
  expect(again.result).toMatchObject({ pathway: 'gmail', leftToDo: [], smtp: null });

  api.requests.length = 0;
  const message = `To: patient@example.com\r\nSubject: Hello\r\n\r\nHello\r\n`;
  const sent = await computer.run(['send', '--json', '-t'], { input: message });
  expect(sent.result).toMatchObject({ ok: true, pathway: 'gmail' });
  expect(api.requests).toHaveLength(1);

  const history = await computer.run(['history', '--json']);
  expect(history.code).toBe(0);
  expect(history.stdout).toContain('revert-smtp');
});

test('what the backend still has to be done is said as it says it', async () => {
  const computer = await byToken();
  await computer.runWithPerson(['migrate', '--yes'], { account: ACCOUNT });
  api.edit(SITE, (site) => {
    site.leftToDo = ['revert-smtp'];
  });
  const status = await computer.run(['status', '--json']);
  expect(status.result).toMatchObject({ leftToDo: ['revert-smtp'] });
});

test('a removal whose answer is lost is found done, and SMTP is kept where the test message is refused', async () => {
  const computer = await byToken();
  api.fault = ({ method, path }) =>
    method === 'POST' && path.endsWith('/tests') ? { kind: 'status', status: 403 } : null;
  const { run } = await computer.runWithPerson(['migrate', '--yes', '--json'], {
    account: ACCOUNT,
  });
  expect(run.events.at(-1)).toMatchObject({ code: 'store-refused', exitCode: 1 });
  expect(run.events.at(-1)?.hint).toContain('SMTP settings are untouched');
  expect(api.sites.get(SITE)?.smtp).not.toBeNull();
  let isLost = false;
  api.fault = ({ method, path }) => {
    if (isLost || method !== 'DELETE' || !path.includes('/smtp')) return null;
    isLost = true;
    return { kind: 'lost-after' };
  };
  const again = await computer.run(['migrate', '--yes', '--json']);
  expect(again).toMatchObject({ code: 0, result: { pathway: 'gmail', smtp: null } });
  expect(api.history.filter(({ step }) => step === 'revert-smtp')).toHaveLength(1);
});

test.each([
  [['site', 'add', 'quay', '--login', LOGIN]],
  [['site', 'remove', SITE, '--yes']],
  [['site', 'import', '-']],
  [['site', 'move', SITE, '--to', '/tmp/nowhere']],
  [['site', 'set', SITE, '--smtp-host', 'mail.example']],
  [['status', '--done-in-writeupp']],
  [['send', '-t']],
])('is done in WriteUpp itself: %j', async (args) => {
  const computer = await byToken();
  const run = await computer.run([...args, '--json'], { input: '' });
  expect(run.events.at(-1)).toMatchObject({ event: 'error', code: 'usage', exitCode: 2 });
  expect(run.events.at(-1)?.message).toContain('WriteUpp itself');
  expect(api.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
});

test('under sendmail’s name, email of a site that still sends by SMTP waits for the switch', async () => {
  const computer = await byToken();
  const program = join(computer.folder, 'sendmail');
  await symlink(PROGRAM, program);
  const run = await computer.run(['-t'], { input: 'To: p@example.com\n\nHello\n', program });
  expect(run).toMatchObject({ code: 75, stderr: expect.stringContaining('WriteUpp itself') });
});

test('settings that a person may change are changed, and a sign-out ends the permission', async () => {
  const computer = await byToken();
  const set = await computer.run(['site', 'set', SITE, '--login', 'desk@harbour-physio.example']);
  expect(set).toMatchObject({ code: 0 });
  expect(api.sites.get(SITE)).toMatchObject({ login: 'desk@harbour-physio.example' });
  await computer.runWithPerson(['sign-in', '--yes'], { account: ACCOUNT });
  const out = await computer.run(['sign-out', '--yes', '--json']);
  expect(out).toMatchObject({ code: 0, result: { grant: 'revoked', gmail: null } });
  expect(api.sites.get(SITE)?.gmail).toBeNull();
  expect(google.messages).toBeDefined();
});

const revocations = () => google.requests.filter(({ point }) => point === 'revoke').length;

test('an account that another computer connects while it is ended is told of', async () => {
  const computer = await byToken();
  await computer.runWithPerson(['sign-in', '--yes'], { account: ACCOUNT });
  const before = revocations();
  const isRevoked = () => revocations() > before;
  api.fault = ({ path }) =>
    path.startsWith('/v1/accounts/') && isRevoked() ? { kind: 'answer', with: { sites: 2 } } : null;
  const out = await computer.run(['sign-out', '--yes', '--json']);
  expect(out).toMatchObject({ code: 0, result: { grant: 'revoked', gmail: null } });
  expect(out.stderr).toContain('was also connected for: one more in WriteUpp.');
  expect(out.stderr).toContain('writeupp-mail sign-in --reauthenticate');
});

test('an account that another site has connected just before is left as it is', async () => {
  const computer = await byToken();
  await computer.runWithPerson(['sign-in', '--yes'], { account: ACCOUNT });
  let counts = 0;
  const before = revocations();
  api.fault = ({ path }) => {
    if (!path.startsWith('/v1/accounts/')) return null;
    counts += 1;
    // The last of the looks before a revocation.
    return counts === 3 ? { kind: 'answer', with: { sites: 2 } } : null;
  };
  const out = await computer.run(['sign-out', '--yes', '--json']);
  expect(out).toMatchObject({ code: 0, result: { grant: 'kept-for-others', gmail: null } });
  expect(revocations()).toBe(before);
});

describe('where WriteUpp sends by itself', () => {
  let handing: SettingsApi;
  let computer: Workspace;
  beforeEach(async () => {
    handing = await new SettingsApi({ token: api.token }).listen();
    const { installed } = google.clientFile();
    const { client_id: clientId, client_secret: clientSecret } = installed;
    handing.sendBy(await Sender.make({ url: google.url, clientId, clientSecret }));
    handing.put({ ...api.sites.get(SITE), gmail: null });
    computer = await newComputer({ env: { WRITEUPP_MAIL_STORE: handing.url, ...scripted } });
  });
  afterEach(() => handing.close());

  test('the permission is opened there before the test message goes out by it, and SMTP goes', async () => {
    const sent = google.messages.length;
    const { run } = await computer.runWithPerson(['migrate', '--yes'], { account: ACCOUNT });
    expect(run).toMatchObject({ code: 0 });
    expect(run.stdout).toContain('Handed the permission over to WriteUpp');
    expect(google.messages).toHaveLength(sent + 1);
    expect(handing.sites.get(SITE)).toMatchObject({
      smtp: null,
      gmail: { opened: true, test: { id: google.messages.at(-1)?.id } },
    });
    const put = handing.requests.find(
      ({ method, path }) => method === 'PUT' && /gmail$/.test(path),
    );
    expect(JSON.stringify(put?.body)).not.toContain('refresh');

    const kept = await computer.run(['sign-out', '--keep-grant', '--yes']);
    expect(kept.stdout).toContain('goes on sending');
    expect(kept.stderr).toContain('WriteUpp keeps its own copy and goes on sending through');
    expect(kept.stderr).not.toContain('Email of this site will go by');
    expect(handing.sites.get(SITE)).toMatchObject({ gmail: { email: ACCOUNT } });
    expect(await computer.secretFiles()).toEqual([]);
  });

  test('SMTP stays where it is not opened, and where a lie says that the message went', async () => {
    handing.fault = ({ method, path }) =>
      method === 'PUT' && path.endsWith('/gmail')
        ? { kind: 'answer', with: { gmail: null } }
        : null;
    const { run } = await computer.runWithPerson(['migrate', '--yes', '--json'], {
      account: ACCOUNT,
    });
    expect(run.events.at(-1)).toMatchObject({ code: 'store-refused', exitCode: 1 });
    expect(handing.sites.get(SITE)?.smtp).not.toBeNull();
  });

  test('a Google client that WriteUpp can’t use is refused before anyone signs in', async () => {
    handing.facts = { ...handing.facts, clientIds: ['another.apps.googleusercontent.com'] };
    const run = await computer.run(['migrate', '--yes', '--json']);
    expect(run.events.at(-1)).toMatchObject({ code: 'store-refused' });
    expect(run.events.some(({ event }) => event === 'sign-in-url')).toBe(false);
    expect(handing.sites.get(SITE)).toMatchObject({ gmail: null });
  });
});
