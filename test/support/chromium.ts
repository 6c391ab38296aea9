/** A real Chromium for tests, and a person's walk through Google's pages in it. */

import { type Browser, chromium, type Page } from 'playwright-core';

/** Starts Chromium without a screen, and without anything that would reach the network by itself. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
    ],
  });
}

/** What the person does on the consent page. */
export interface Consent {
  readonly account: string;
  /** Default: true. */
  readonly tickSend?: boolean;
  readonly decision: 'Allow' | 'Cancel';
}

/** Chooses the account, ticks the box and decides, as a person with a mouse does. */
export async function walkConsent(
  page: Page,
  url: string,
  { account, tickSend = true, decision }: Consent,
): Promise<void> {
  await page.goto(url);
  const signedIn = page.getByText(`Signed in as ${account}`);
  const another = page.getByRole('button', { name: 'Use another account' });
  if ((await another.isVisible()) && !(await signedIn.isVisible())) await another.click();
  const choice = page.getByRole('button', { name: account });
  if (await choice.isVisible()) await choice.click();
  await signedIn.waitFor();
  if (tickSend) await page.getByLabel('Send email on your behalf').check();
  await page.getByRole('button', { name: decision }).click();
  await page.waitForURL('**/finished');
}
