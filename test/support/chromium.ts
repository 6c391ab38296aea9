/** A real Chromium for tests, and a person's path through Google's pages in it. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';

/** Nothing here accesses the network on its own. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

/** Starts Chromium headless. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
}

/** A program for BROWSER that opens the address it is given in Chromium, as `xdg-open` would. */
export interface BrowserOpener {
  readonly path: string;
  /** The page, once the program under test has started the browser. */
  shownPage(): Promise<Page>;
  /** Ends the browser, if it was started. */
  close(): Promise<void>;
}

/** Makes one with its own profile. */
export async function browserOpener(): Promise<BrowserOpener> {
  const folder = await mkdtemp(join(tmpdir(), 'chromium-opener-'));
  const path = join(folder, 'chromium-opener');
  const profile = join(folder, 'profile');
  const options = ['--headless', '--remote-debugging-port=0', `--user-data-dir=${profile}`];
  const command = [CHROMIUM, ...ARGUMENTS, ...options].join(' ');
  await writeFile(path, `#!/bin/sh\nexec ${command} "$1" >/dev/null 2>&1\n`, { mode: 0o755 });
  let browser: Browser | null = null;
  return {
    path,
    async shownPage() {
      const [port] = (await untilWritten(join(profile, 'DevToolsActivePort'))).split('\n');
      browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
      const [context] = browser.contexts();
      const page = context?.pages()[0] ?? (await context?.waitForEvent('page'));
      if (page === undefined) throw new Error('the browser shows no page');
      return page;
    },
    async close() {
      // Closing the connection alone would leave the browser running.
      const session = await browser?.newBrowserCDPSession();
      await session?.send('Browser.close');
      // It still writes its profile while it exits.
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

async function untilWritten(file: string): Promise<string> {
  for (let tries = 0; tries < 400; tries += 1) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.includes('\n')) return text;
    await sleep(25);
  }
  throw new Error('the program started no browser within 10 seconds');
}

/** The address of the program's last page: nothing of Google's response is left in it. */
export const LAST_PAGE = /^http:\/\/127\.0\.0\.1:\d+\/finished\/[\w-]+$/;

/** What the person does on the consent page. */
export interface Consent {
  readonly account: string;
  /** Default: true. */
  readonly tickSend?: boolean;
  readonly decision: 'Allow' | 'Cancel';
}

/** Chooses the account, ticks the box and decides, like a person with a mouse. */
export async function finishConsent(
  page: Page,
  { account, tickSend = true, decision }: Consent,
): Promise<void> {
  const signedIn = page.getByText(`Signed in as ${account}`);
  const another = page.getByRole('button', { name: 'Use another account' });
  if ((await another.isVisible()) && !(await signedIn.isVisible())) await another.click();
  const choice = page.getByRole('button', { name: account });
  if (await choice.isVisible()) await choice.click();
  await signedIn.waitFor();
  if (tickSend) await page.getByLabel('Send email on your behalf').check();
  await page.getByRole('button', { name: decision }).click();
  await page.waitForURL(LAST_PAGE, { timeout: 15_000 });
}
