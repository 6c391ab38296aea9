/** After a time-out of the sign-in: the page is opened again, and what was read a moment ago is not repeated. */

import { expect, test } from '@jest/globals';
import { MailError } from '../../src/errors.js';
import type { HeldSite } from '../../src/sites/held-site.js';
import { checkSettingsStep } from '../../src/steps/check-settings.js';
import { beginning, type MigrationOptions } from '../../src/steps/situation.js';
import { explainTimeout } from '../../src/switch/ask-page.js';
import { aSite, SMTP } from '../sites/a-site.js';
import { MemorySites } from '../support/memory-store.js';
import { person, twin } from '../support/twin.js';

const FROM = 'reception@harbour-physio.example';
const site = aSite({ smtp: { ...SMTP, from: FROM } });
const OPTIONS: MigrationOptions = {
  ...{ yes: false, reauthenticate: false, account: null, to: null, reference: null },
  ...{ useBrowser: true, readFirst: true, serviceAccount: null, timeoutMs: 5_000 },
};

test('work that is done once more knows it', async () => {
  const sites = new MemorySites();
  sites.put(site);
  const world = twin({ ask: person([[/What did Google’s page say/, 'open-again']]) }, { sites });
  const times: boolean[] = [];
  await explainTimeout(world, site.name, OPTIONS, async (isAgain) => {
    times.push(isAgain);
    if (times.length < 3) throw new MailError('sign-in-timeout', 'Too late.', '');
  });
  expect(times).toEqual([false, true, true]);
});

test.each([false, true])(
  'the consequences and the sender are told once (again: %s)',
  async (isAgain) => {
    const asked: string[] = [];
    const ask = person([
      [/Press Enter if that is right/, (question: string) => asked.push(question)],
    ]);
    const world = twin({ ask });
    const situation = beginning(site, { ...OPTIONS, isAgain }, world);
    const hands = { accessToken: null, pending: null, delegated: null };
    const acting = { held: {} as HeldSite, hands, world };
    const { outcome } = await checkSettingsStep.act(situation, acting);
    await checkSettingsStep.settle?.(situation, acting);
    expect(outcome.isQuiet).toBe(isAgain);
    expect(asked).toHaveLength(isAgain ? 0 : 1);
  },
);
