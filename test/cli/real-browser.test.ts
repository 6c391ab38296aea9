/** The last page of a sign-in, as a real browser shows it to a person. */

import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page, Response } from 'playwright-core';
import { type GoogleStandIn, startGoogle } from '../google/stand-in.js';
import {
  browserOpener,
  type Consent,
  finishConsent,
  LAST_PAGE,
  startChromium,
} from '../support/chromium.js';
import type { RunResult } from '../support/program.js';
import { describeWith } from '../support/system-part.js';
import { ACCOUNT, LOGIN, newWorkspace, type Workspace } from '../support/workspace.js';

/** Where the pictures go, for people to look at. */
const PICTURES = join(tmpdir(), 'writeupp-mail-pictures');

describeWith(['chromium'], 'the last page in a real browser', () => {
  let google: GoogleStandIn;
  let browser: Browser;
  let workspace: Workspace;
  let context: BrowserContext;
  let page: Page;
  let problems: string[];
  let last: Response | undefined;

  beforeAll(async () => {
    google = await startGoogle();
    browser = await startChromium();
    await mkdir(PICTURES, { recursive: true });
  });
  afterAll(async () => {
    await browser?.close();
    await google?.close();
  });
  beforeEach(async () => {
    workspace = await newWorkspace(google);
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
    google.behave();
    await context.close();
    await workspace.remove();
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
      `You are signed in as ${ACCOUNT}`,
    ]);
    expect(page.url()).toMatch(LAST_PAGE);
    const text = await page.getByRole('main').innerText();
    expect(text).toContain('will go out through this Google account once the switch is finished');
    await expectSound(page);
    await takePictures(page, 'signed-in');
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
      expect(await shown.getByRole('heading', { level: 1 }).innerText()).toContain(ACCOUNT);
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
    await takePictures(page, 'cancelled');
  });

  test('says what is missing when the box for sending was not ticked', async () => {
    const run = await migrate({ account: ACCOUNT, tickSend: false, decision: 'Allow' });
    expect(run).toMatchObject({ code: 4, error: { code: 'permission-not-granted' } });
    expect(await page.getByRole('main').innerText()).toContain('was not ticked');
    await expectSound(page);
    await takePictures(page, 'box-not-ticked');
  });

  test('refuses another account on the page too', async () => {
    const run = await migrate({ account: LOGIN, decision: 'Allow' });
    expect(run).toMatchObject({ code: 1, error: { code: 'account-mismatch' } });
    expect(await page.getByRole('main').innerText()).toContain(`${ACCOUNT} was expected`);
    await expectSound(page);
    await takePictures(page, 'other-account');
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
    expect(await shown.locator('html').getAttribute('lang')).toBe('en-GB');
    expect(await shown.locator('script, link, img, iframe, [style], [onclick]').count()).toBe(0);
    expect(await shown.getByRole('heading', { level: 1 }).count()).toBe(1);
    expect(await shown.getByRole('main').count()).toBe(1);
    for (const colorScheme of ['light', 'dark'] as const) {
      await shown.emulateMedia({ colorScheme });
      for (const { text, ratio } of await contrasts(shown)) {
        // WCAG 2.2, 1.4.6 asks for 7 to 1; 1.4.3 for 4.5 to 1.
        expect({ colorScheme, text, isReadable: ratio >= 4.5 }).toMatchObject({ isReadable: true });
      }
    }
    // WCAG 2.2, 1.4.4 and 1.4.10: text at twice its size, in a window of 640 pixels, needs no sideways scrolling.
    await shown.setViewportSize({ width: 640, height: 800 });
    await withTextAtTwiceItsSize(shown, async () => {
      const [needed, there] = await shown.evaluate(() => [
        document.documentElement.scrollWidth,
        document.documentElement.clientWidth,
      ]);
      expect(needed).toBeLessThanOrEqual(there ?? 0);
    });
    await shown.setViewportSize({ width: 1280, height: 720 });
  }
});

/** The contrast of each text with what is behind it (WCAG 2.2, "relative luminance"). */
function contrasts(page: Page): Promise<{ text: string; ratio: number }[]> {
  return page.evaluate(() => {
    const luminance = (color: string): number => {
      const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? []).map((part) => {
        const share = Number(part) / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = (element: Element): string => {
      for (let at: Element | null = element; at !== null; at = at.parentElement) {
        const { backgroundColor } = getComputedStyle(at);
        if (backgroundColor !== 'rgba(0, 0, 0, 0)') return backgroundColor;
      }
      return 'rgb(255, 255, 255)';
    };
    return [...document.querySelectorAll('h1, p')].map((element) => {
      const pair = [luminance(getComputedStyle(element).color), luminance(behind(element))];
      return {
        text: element.textContent ?? '',
        ratio: (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05),
      };
    });
  });
}

/** The person's own setting for larger text, which the page must follow: its sizes are in rem. */
async function withTextAtTwiceItsSize(page: Page, look: () => Promise<void>): Promise<void> {
  const protocol = await page.context().newCDPSession(page);
  const setSize = (standard: number) =>
    protocol.send('Page.setFontSizes', { fontSizes: { standard } });
  await setSize(32);
  try {
    const size = await page.evaluate(() => getComputedStyle(document.body).fontSize);
    expect(Number.parseFloat(size)).toBeGreaterThanOrEqual(32);
    await look();
  } finally {
    await setSize(16);
    await protocol.detach();
  }
}

async function takePictures(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(PICTURES, `${name}-${colorScheme}.png`) });
    await page.setViewportSize({ width: 640, height: 1200 });
    await withTextAtTwiceItsSize(page, async () => {
      await page.screenshot({ path: join(PICTURES, `${name}-${colorScheme}-large.png`) });
    });
    await page.setViewportSize({ width: 1280, height: 720 });
  }
}
