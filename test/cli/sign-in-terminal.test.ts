/** `sign-in` and `migrate` in a real terminal: what is asked about the account, a refusal and a silence. */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { googleAddress, playPerson } from '../stand-in/person.js';
import { describeWith } from '../support/system-part.js';
import { KEY, startInTerminal, type Terminal } from '../support/terminal.js';
import { useComputer } from '../support/use-stand-in.js';
import { ACCOUNT, LOGIN, SITE } from '../support/workspace.js';

const UNTOUCHED = 'Your SMTP settings are untouched.';
const MISMATCH = `${LOGIN} signed in, but ${ACCOUNT} was expected.`;
const NOT_KEPT = { smtp: { password: expect.anything() }, gmail: null };

const { google, workspace } = useComputer();

beforeEach(async () => {
  expect((await workspace.addSite()).code).toBe(0);
});
/** What a failed test left waiting must not keep the tests from ending. */
afterEach(async () => {
  for (const terminal of started.splice(0)) {
    terminal.type(KEY.ctrlC);
    await terminal.ended;
  }
});

const started: Terminal[] = [];

function inTerminal(...args: readonly string[]): Terminal {
  const terminal = startInTerminal(args, { env: workspace.env });
  started.push(terminal);
  return terminal;
}

/** What ties an answer to one request. */
function secretsOf(url: string): string[] {
  const { searchParams } = new URL(url);
  return ['state', 'nonce', 'code_challenge'].map((name) => searchParams.get(name) ?? '');
}

const portOf = (url: string) =>
  Number(new URL(new URL(url).searchParams.get('redirect_uri') ?? '').port);

const isListening = (port: number) =>
  fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  );

describeWith(['script'], 'while the program waits', () => {
  test('what is typed shows nowhere and answers nothing, and Ctrl-C ends it', async () => {
    const terminal = inTerminal('sign-in');
    const url = await workspace.nextUrl();
    const line = 'Waiting for you to finish on Google’s page (';
    await terminal.see(line);
    terminal.type(`xyzzy${KEY.enter}`);
    // The time left is told each second: what the terminal echoes would have come before it.
    const shown = terminal.screen().split(line).length;
    while (terminal.screen().split(line).length < shown + 15) await sleep(25);
    await playPerson(url, { account: LOGIN });
    await terminal.see(MISMATCH);
    await terminal.see('Stop');
    terminal.type(KEY.enter);
    await workspace.nextUrl();
    await terminal.see(line);
    terminal.type(KEY.ctrlC);
    const { code, screen } = await terminal.ended;
    expect(code).toBe(130);
    expect(screen).not.toContain('xyzzy');
    expect(screen).not.toContain('^C');
  });
});

describeWith(['script'], 'another account than the expected one', () => {
  test('is told in the browser at once; Enter signs in again, with a request of its own', async () => {
    const terminal = inTerminal('sign-in');
    const url = await workspace.nextUrl();
    await terminal.see(`sign in as ${ACCOUNT}, tick "Send email on your behalf"`);
    await terminal.see('Waiting for you to finish on Google’s page (');
    await terminal.see(' left)');
    const page = await playPerson(url, { account: LOGIN });
    expect(page.html).toContain(`${LOGIN} signed in. Nothing is stored yet`);
    expect(page.html).toContain('Nothing was stored: the window asks what to do.');
    expect(page.html).toContain(UNTOUCHED);
    expect(page.html).not.toMatch(/--account|writeupp-mail sign-in/);
    await terminal.see(MISMATCH);
    terminal.type(KEY.enter);
    const again = await workspace.nextUrl();
    const before = secretsOf(url);
    for (const secret of secretsOf(again)) expect(before).not.toContain(secret);
    expect(await isListening(portOf(url))).toBe(false);
    expect((await playPerson(again, { account: ACCOUNT })).html).toContain('Not finished yet');
    expect((await terminal.ended).code).toBe(0);
    expect(await workspace.record()).toMatchObject({ gmail: { email: ACCOUNT } });
    expect(google.requests.filter(({ point }) => point === 'revoke')).toEqual([]);
  });

  test('is used if the person says so, who is told what patients will see', async () => {
    const terminal = inTerminal('sign-in');
    await playPerson(await workspace.nextUrl(), { account: LOGIN });
    await terminal.see(MISMATCH);
    terminal.type(KEY.down + KEY.enter);
    const { code, screen } = await terminal.ended;
    expect(code).toBe(0);
    expect(screen).toContain(`Use ${LOGIN}: patients will see it as the sender`);
    expect(await workspace.record()).toMatchObject({ gmail: { email: LOGIN } });
  });

  test('is not used by a y, nor if the person stops: nothing is kept', async () => {
    const terminal = inTerminal('sign-in');
    await playPerson(await workspace.nextUrl(), { account: LOGIN });
    await terminal.see(MISMATCH);
    terminal.type(`y${KEY.enter}`);
    const again = await workspace.nextUrl();
    // What the first question left on the screen is not the second.
    await terminal.see('Waiting for you to finish on Google’s page (');
    await playPerson(again, { account: LOGIN });
    await terminal.see(MISMATCH);
    terminal.type(KEY.down + KEY.down + KEY.enter);
    const { code, screen } = await terminal.ended;
    expect(code).toBe(3);
    expect(screen).toContain(UNTOUCHED);
    expect(await workspace.record()).toMatchObject(NOT_KEPT);
  });

  test('is asked about for no longer than --timeout', async () => {
    const terminal = inTerminal('sign-in', '--timeout', '4');
    await playPerson(await workspace.nextUrl(), { account: LOGIN });
    await terminal.see(MISMATCH);
    await terminal.see('open the page again');
    terminal.type(KEY.ctrlC);
    expect((await terminal.ended).code).toBe(130);
    expect(await workspace.record()).toMatchObject(NOT_KEPT);
  });
});

describeWith(['script'], 'where no account is expected', () => {
  const QUESTION = (account: string) => `Send the email of Harbour Physio as ${account}?`;

  beforeEach(async () => {
    expect((await workspace.run(['revert-smtp', '--yes'])).code).toBe(0);
  });

  test('the one that signed in is named and agreed to; Enter alone is No', async () => {
    const terminal = inTerminal('sign-in');
    const page = await playPerson(await workspace.nextUrl(), { account: LOGIN });
    expect(page.html).toContain('Nothing is stored yet');
    await terminal.see(QUESTION(LOGIN));
    expect(await workspace.record()).toMatchObject({ gmail: null });
    terminal.type(KEY.enter);
    const url = await workspace.nextUrl();
    expect(new URL(url).searchParams.get('prompt')).toBe('consent select_account');
    await playPerson(url, { account: ACCOUNT });
    await terminal.see(QUESTION(ACCOUNT));
    terminal.type(`y${KEY.enter}`);
    expect((await terminal.ended).code).toBe(0);
    expect(await workspace.record()).toMatchObject({ gmail: { email: ACCOUNT } });
  });
});

describeWith(['script'], 'a refusal that the browser brings', () => {
  /** Whoever opened the one-time address first can send it. */
  const forge = (url: string) => {
    const { searchParams } = new URL(url);
    const iss = encodeURIComponent(google.url);
    const state = searchParams.get('state');
    return fetch(
      `${searchParams.get('redirect_uri')}?error=access_denied&state=${state}&iss=${iss}`,
    );
  };

  test('is asked about; Enter signs in again; to stop is the Cancel that it was', async () => {
    const terminal = inTerminal('sign-in');
    const person = { account: ACCOUNT, decision: 'cancel' } as const;
    const page = await playPerson(await workspace.nextUrl(), person);
    expect(page.html).toContain('You chose Cancel. Nothing was changed.');
    expect(new URL(page.finalUrl).search).toBe('');
    await terminal.see('Sign in again?');
    terminal.type(KEY.enter);
    const again = await workspace.nextUrl();
    // What the first question left on the screen is not the second.
    await terminal.see('Waiting for you to finish on Google’s page (');
    await playPerson(again, person);
    await terminal.see('Sign in again?');
    terminal.type(KEY.down + KEY.down + KEY.enter);
    const { code, screen } = await terminal.ended;
    expect(code).toBe(3);
    expect(screen).toContain(UNTOUCHED);
  });

  test('is not the end if the person did not give it', async () => {
    const terminal = inTerminal('sign-in');
    const url = await workspace.nextUrl();
    await forge(url);
    await terminal.see('Sign in again?');
    await forge(url);
    terminal.type(KEY.down + KEY.enter);
    await terminal.see('Waiting for you to finish on Google’s page (');
    await playPerson(url, { account: ACCOUNT });
    expect((await terminal.ended).code).toBe(0);
    expect(await workspace.record()).toMatchObject({ gmail: { email: ACCOUNT } });
  });

  test('does not keep the person’s own answer waiting', async () => {
    const terminal = inTerminal('sign-in');
    const url = await workspace.nextUrl();
    for (let times = 0; times < 5; times += 1) expect((await forge(url)).status).toBe(200);
    await terminal.see('Sign in again?');
    await playPerson(url, { account: ACCOUNT });
    expect((await terminal.ended).code).toBe(0);
  });
});

describeWith(['script'], 'migrate', () => {
  test('waits for Enter before the browser opens, with the address shown', async () => {
    const terminal = inTerminal('migrate');
    await terminal.see('Google’s page: http://127.0.0.1:');
    await terminal.see('Press Enter to open it in your browser:');
    await sleep(300);
    await expect(Promise.race([workspace.nextStart(), sleep(300, 'none')])).resolves.toBe('none');
    terminal.type(KEY.enter);
    await terminal.see(`There: sign in as ${ACCOUNT}`);
    terminal.type(KEY.ctrlC);
    expect((await terminal.ended).code).toBe(130);
  });

  test('goes on if the address was opened by hand; the listener is gone before the receipt', async () => {
    const terminal = inTerminal('migrate');
    await terminal.see('Press Enter to open it in your browser:');
    const [, short = ''] = /^Google’s page: (\S+)/m.exec(terminal.screen()) ?? [];
    const url = await googleAddress(short);
    expect(await isListening(portOf(url))).toBe(true);
    await playPerson(url, { account: ACCOUNT });
    await terminal.see(`Signed in as ${ACCOUNT}`);
    await terminal.see('Sent ');
    expect(await isListening(portOf(url))).toBe(false);
    terminal.type(KEY.ctrlC);
    expect((await terminal.ended).code).toBe(130);
  });
});

describeWith(['script'], 'a sign-in that nobody finishes', () => {
  test('with --yes ends by itself, asks nothing and frees the site', async () => {
    const { code, screen } = await inTerminal(
      ...['migrate', '--no-browser', '--yes', '--reauthenticate', '--timeout', '2'],
    ).ended;
    expect(code).toBe(4);
    expect(screen).toContain('was not finished within 2 seconds');
    expect(screen).not.toContain('What did Google’s page say?');
  });

  test('leaves the site free while it asks; the first choice opens the page again', async () => {
    const terminal = inTerminal('sign-in', '--timeout', '2');
    const first = await workspace.nextUrl();
    await terminal.see('What did Google’s page say?');
    await terminal.see('I didn’t finish: open the page again');
    const other = await workspace.run(['site', 'set', SITE, '--organisation', 'Harbour', '--json']);
    expect(other.code).toBe(0);
    terminal.type(KEY.enter);
    const again = await workspace.nextUrl();
    expect(secretsOf(again)).not.toEqual(secretsOf(first));
    await playPerson(again, { account: ACCOUNT });
    expect((await terminal.ended).code).toBe(0);
  });
});
