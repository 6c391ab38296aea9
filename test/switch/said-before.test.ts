/** What people are told before something that can’t be taken back, or that reaches further than this site. */

import { describe, expect, test } from '@jest/globals';
import { sealed } from '../../src/sites/secrets.js';
import type { Site } from '../../src/sites/site.js';
import { aSite, DELEGATED, GMAIL, SMTP, TEST_MESSAGE } from '../sites/a-site.js';
import { MemorySecrets, MemorySites } from '../support/memory-store.js';
import { Heard, person, runIn, twin } from '../support/twin.js';

const NAME = 'harbour-physio';
const SEND_AS = 'appointments@harbour-physio.example';

function computer(...given: readonly Partial<Site>[]) {
  const [sites, secrets, heard] = [new MemorySites(), new MemorySecrets(), new Heard()];
  for (const site of given) sites.put(aSite(site));
  secrets.of(NAME).set('smtp-password', sealed(SMTP.password?.id ?? '', 'the password'));
  return { sites, secrets, heard };
}

describe('revert-smtp', () => {
  test.each<[string, Partial<Site>, sender: string]>([
    ['the account', {}, GMAIL.email],
    ['the send-as address', { sendAs: SEND_AS }, SEND_AS],
    ['WriteUpp’s own address', { gmail: null }, 'WriteUpp’s own address'],
  ])('patients will see %s, and a No leaves all as it is', async (_what, given, sender) => {
    const gmail = { ...GMAIL, test: { ...TEST_MESSAGE, from: sender } };
    const here = computer({ smtp: SMTP, gmail, credentials: 'vault', ...given });
    const ask = person([[/./, false]], here.heard);
    const end = await runIn(twin({ ask }, here), 'revert-smtp', '--site', NAME);
    expect(end).toMatchObject({ code: 'cancelled' });
    expect(here.heard.notes.join('\n')).toContain(`patients will see ${sender} as the sender.`);
    expect(here.sites.get(NAME)?.smtp).toEqual(SMTP);
  });

  const DENIED = { ...TEST_MESSAGE, arrival: 'denied' as const };
  test.each<[string, Site['gmail']]>([
    ['no account is connected', null],
    ['no test message was sent', { ...GMAIL, test: null }],
    ['a person said that it did not come', { ...GMAIL, test: DENIED }],
  ])(
    '--require-gmail refuses also where no SMTP settings are left, and %s',
    async (_why, gmail) => {
      const here = computer({ gmail });
      const world = twin({ client: async () => ({ id: GMAIL.clientId, secret: null }) }, here);
      const words = ['revert-smtp', '--site', NAME, '--yes', '--require-gmail'];
      expect(await runIn(world, ...words)).toMatchObject({ code: 'sign-in-needed', exitCode: 4 });
      expect(here.heard.results).toEqual([]);
    },
  );
});

describe('sign-out of a service account', () => {
  test.each([[[]], [['--keep-grant']]])(
    'names the sites that go on using it, and their key stays: %j',
    async (options) => {
      const given = { gmail: DELEGATED, credentials: 'vault' } as const;
      const here = computer(given, { ...given, name: 'quay' });
      const words = ['sign-out', '--site', NAME, '--yes', ...options];
      expect(await runIn(twin({}, here), ...words)).toBeNull();
      expect(here.heard.notes).toContain('Other sites go on using it: quay.');
      expect(here.heard.lines.join('\n')).toContain('key stays in its place, for: quay.');
    },
  );
});
