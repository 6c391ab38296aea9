/** Every page that the browser can be shown: what it says, and how it looks in a real browser. */

import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { explainFailure } from '../../src/google/explain.js';
import { authorizeFailure } from '../../src/google/failure.js';
import { PAGE_REFUSALS } from '../../src/google/page-refusals.js';
import { PAGE_HEADERS, renderPage } from '../../src/sign-in/page.js';
import {
  otherAccountPage,
  type PageWords,
  refusedPage,
  signedInPage,
  storingFailedPage,
  USED_PAGE,
} from '../../src/sign-in/pages.js';
import { accountRefused, signInTimedOut } from '../../src/sign-in/refusals.js';
import type { SmtpSettings } from '../../src/sites/site.js';
import { startChromium } from '../support/chromium.js';
import { expectReadable } from '../support/page-looks.js';
import { describeWith } from '../support/system-part.js';

const ORGANISATION = 'The Riverside Physiotherapy and Sports Injury Practice';
/** As long as a line on a telephone holds, and full of places where a browser would break it. */
const ACCOUNT = 'info@harbour-side-physio.example';
const OTHER = 'jane@harbour-side-physio.example';
const UNTOUCHED = 'Your SMTP settings are untouched.';
/** Where the pictures go, for people to look at. */
const PICTURES = join(tmpdir(), 'writeupp-mail-pictures');

const refusal = (error: string) => {
  const facts = { now: new Date(0), clientId: 'id', site: 'riverside', account: ACCOUNT };
  return refusedPage(explainFailure(authorizeFailure(error, undefined), facts), UNTOUCHED);
};

const WITH_SMTP = { organisation: ORGANISATION, smtp: {} as SmtpSettings };
const WITHOUT_SMTP = { organisation: ORGANISATION, smtp: null };

const PAGES: Readonly<Record<string, PageWords>> = {
  'signed-in': signedInPage(WITH_SMTP, ACCOUNT, { isDone: false }),
  'signed-in-left-to-do': signedInPage(WITHOUT_SMTP, ACCOUNT, { isDone: false }),
  'signed-in-done': signedInPage(WITHOUT_SMTP, ACCOUNT, { isDone: true }),
  'other-account-asked': otherAccountPage(
    { expected: ACCOUNT, actual: OTHER, isRenamed: false },
    UNTOUCHED,
  ),
  'renamed-account-asked': otherAccountPage(
    { expected: ACCOUNT, actual: OTHER, isRenamed: true },
    UNTOUCHED,
  ),
  'account-asked': otherAccountPage({ expected: null, actual: ACCOUNT, isRenamed: false }, null),
  'other-account-refused': refusedPage(accountRefused.mismatch(ACCOUNT, OTHER), UNTOUCHED),
  'no-refresh-token': refusedPage(accountRefused.noRefreshToken(ACCOUNT), UNTOUCHED),
  cancelled: refusal('access_denied'),
  'storing-failed': storingFailedPage(accountRefused.noIdentity(), UNTOUCHED),
  unexpected: refusedPage(new TypeError('x'), null),
  used: USED_PAGE,
};

/** Refusals of Google's that can come back on the redirect or when the code is exchanged. */
const MORE = Object.fromEntries(PAGE_REFUSALS.map(({ value }) => [value, refusal(value)]));

const textOf = ({ heading, title, lines }: PageWords) => [heading, title, ...lines].join('\n');

describe('what a page says', () => {
  test.each(Object.entries({ ...PAGES, ...MORE }))(
    'means something in a browser: %s',
    (_name, page) => {
      expect(textOf(page)).not.toMatch(/(?:^|\s)--?[a-z]|writeupp-mail|[✓]|exit code|undefined/);
      expect(textOf(page)).toMatch(/go back to the window where you started/i);
    },
  );

  test('of a switch under way: not finished, who is connected, what comes through it, and when', () => {
    const { heading, lines } = signedInPage(WITH_SMTP, ACCOUNT, { isDone: false });
    expect(heading).toMatch(/^Not finished yet/);
    expect(lines[0]).toContain(`You are signed in as ${ACCOUNT}.`);
    expect(lines[1]).toMatch(/Riverside .* once the switch is finished\. Until then .* SMTP/);
  });

  test('of a switch that is left to do in WriteUpp itself: not finished, and email goes there later', () => {
    const words = signedInPage(WITHOUT_SMTP, ACCOUNT, { isDone: false });
    expect(words.heading).toMatch(/^Not finished yet/);
    expect(textOf(words)).toMatch(/will go out .* step in WriteUpp itself/);
    expect(textOf(words)).not.toContain('goes out through this Google account');
  });

  test('of a site that is done is true of it', () => {
    const words = signedInPage(WITHOUT_SMTP, ACCOUNT, { isDone: true });
    expect(textOf(words)).toContain('goes out through this Google account');
    expect(textOf(words)).not.toMatch(/SMTP|finished/i);
  });

  test('keeps the time-out’s long list and its option for the terminal', () => {
    expect(refusedPage(signInTimedOut(1000), null).lines.join(' ')).not.toContain('--timeout');
  });
});

/** All have one look; without TEST_ALL one is opened, the longest. */
const LOOKED_AT = process.env.TEST_ALL === '1' ? Object.keys(PAGES) : ['other-account-asked'];

describeWith(['chromium'], 'how a page looks', () => {
  let browser: Browser;
  let url: string;
  const server = createServer((request, response) => {
    const words = PAGES[request.url?.slice(1) ?? ''];
    if (words === undefined) return response.writeHead(404).end();
    const page = renderPage({ ...words, practice: ORGANISATION, isRehearsal: true });
    return response.writeHead(200, PAGE_HEADERS).end(page.html);
  });

  beforeAll(async () => {
    browser = await startChromium();
    await mkdir(PICTURES, { recursive: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await browser?.close();
    server.closeAllConnections();
    server.close();
  });

  test.each(LOOKED_AT)('%s', async (name) => {
    const page = await browser.newPage();
    try {
      await page.goto(`${url}/${name}`);
      await expectReadable(page, join(PICTURES, name));
      const { fontWeight } = await page
        .getByRole('heading', { level: 1 })
        .evaluate((element) => ({ fontWeight: getComputedStyle(element).fontWeight }));
      expect(fontWeight).toBe('700');
      expect(await page.getByRole('main').innerText()).toMatch(new RegExp(`^${ORGANISATION}`));
    } finally {
      await page.close();
    }
  });
});
