/** The last page of a sign-in, as a real browser shows it to a person. */

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page, Response } from 'playwright-core';
import {
  browserOpener,
  type Consent,
  finishConsent,
  LAST_PAGE,
  startChromium,
} from '../support/chromium.js';
import { expectReadable } from '../support/page-looks.js';
import type { RunResult } from '../support/program.js';
import { describeWith } from '../support/system-part.js';
import { useComputer } from '../support/use-stand-in.js';
import { ACCOUNT, LOGIN } from '../support/workspace.js';

describeWith(['chromium'], 'the last page in a real browser', () => {
  const { workspace } = useComputer();
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let problems: string[];
  let last: Response | undefined;

  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
  });
  beforeEach(async () => {
    await workspace.addSite();
    context = await browser.newContext();
    page = await context.newPage();
    problems = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('requestfailed', (request) => problems.push(`not loaded: ${request.url()}`));
    page.on('response', (response) => {
      if (LAST_PAGE.test(response.url())) last = response;
    });
  });
  afterEach(async () => {
    await context.close();
  });

  /** `migrate`, and a person at the browser that it opens. */
  async function migrate(consent: Consent): Promise<RunResult> {
    const running = workspace.start(['migrate', '--yes', '--json']);
    await page.goto(await workspace.nextUrl());
    await finishConsent(page, consent);
    return running.ended;
  }

  test('says who is connected, and leaves no code in the address bar', async () => {
    const run = await migrate({ account: ACCOUNT, decision: 'Allow' });
    expect(run.code).toBe(0);
    expect(await page.title()).toContain(`You are signed in as ${ACCOUNT}`);
    expect(await page.getByRole('heading', { level: 1 }).allInnerTexts()).toEqual([
      'Not finished yet: go back to the window where you started',
    ]);
    expect(page.url()).toMatch(LAST_PAGE);
    const text = await page.getByRole('main').innerText();
    expect(text).toMatch(/^Harbour Physio/);
    expect(text).toContain(`You are signed in as ${ACCOUNT}.`);
    expect(text).toContain('will go out through this Google account once the switch is finished');
    await expectSound(page);
  });

  test('is where the browser ends that the program itself started', async () => {
    const opener = await browserOpener();
    const running = workspace.start(['migrate', '--yes', '--json'], {
      env: { BROWSER: opener.path },
    });
    try {
      const shown = await opener.shownPage();
      await finishConsent(shown, { account: ACCOUNT, decision: 'Allow' });
      expect((await running.ended).code).toBe(0);
      expect(await shown.getByRole('main').innerText()).toContain(ACCOUNT);
    } finally {
      running.child.kill();
      await opener.close();
    }
  });

  test('says that Cancel changed nothing', async () => {
    const run = await migrate({ account: ACCOUNT, decision: 'Cancel' });
    expect(run.code).toBe(3);
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain('You chose Cancel');
    expect(await page.getByRole('main').innerText()).toContain('Your SMTP settings are untouched.');
    await expectSound(page);
  });

  test('says what is missing when the box for sending was not ticked', async () => {
    const run = await migrate({ account: ACCOUNT, tickSend: false, decision: 'Allow' });
    expect(run).toMatchObject({ code: 4, error: { code: 'permission-not-granted' } });
    expect(await page.getByRole('main').innerText()).toContain('was not ticked');
    await expectSound(page);
  });

  test('refuses another account on the page too', async () => {
    const run = await migrate({ account: LOGIN, decision: 'Allow' });
    expect(run).toMatchObject({ code: 1, error: { code: 'account-mismatch' } });
    expect(await page.getByRole('main').innerText()).toContain(`${ACCOUNT} was expected`);
    await expectSound(page);
  });

  /** What holds for every last page. */
  async function expectSound(shown: Page): Promise<void> {
    expect(problems).toEqual([]);
    expect(last?.status()).toBe(200);
    expect(last?.headers()).toMatchObject({
      'content-security-policy': expect.stringMatching(/^default-src 'none'; style-src 'sha256-/),
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    await expectReadable(shown);
  }
});
