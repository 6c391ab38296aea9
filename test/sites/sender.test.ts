/** Who patients see as the sender. */

import { describe, expect, test } from '@jest/globals';
import { changedSite, newSite } from '../../src/sites/edit-site.js';
import { keepSenderLines, senderChange, senderLines } from '../../src/sites/sender.js';
import { aSite, SMTP } from './a-site.js';

const INFO = 'info@harbour-physio.example';
const JANE = 'jane@harbour-physio.example';

describe('the sender', () => {
  test('that changes is named before and after, with what keeps it', () => {
    const change = { today: INFO, after: JANE };
    expect(senderLines(change)).toEqual([
      `Patients will see another sender: ${JANE} instead of ${INFO}. Replies will go there.`,
    ]);
    const keep = keepSenderLines(change, aSite(), JANE);
    expect(keep[0]).toContain(`sign in as ${INFO}`);
    expect(keep[1]).toContain('"Send mail as"');
    expect(keep[2]).toBe(`  writeupp-mail site set harbour-physio --send-as ${INFO}`);
    // Gmail sends as the account whatever the default is, since every message names its sender.
    expect(keep.join(' ')).not.toContain('default');
  });

  test('that is a send-as address stays, whatever the account', () => {
    const site = aSite({ smtp: { ...SMTP, user: INFO }, sendAs: INFO });
    for (const account of [JANE, null]) {
      expect(senderChange(site, account)).toEqual({ today: INFO, after: INFO });
    }
    expect(keepSenderLines(senderChange(site, JANE), site, JANE)).toEqual([]);
  });

  test.each([
    ['the account itself', INFO, 'none'],
    ['another address', JANE, INFO],
    ['it is not known what', null, INFO],
  ])('that a send-as address changes is kept by that address: %s', (_what, account, sendAs) => {
    const site = aSite({ smtp: { ...SMTP, user: INFO }, sendAs: 'desk@harbour-physio.example' });
    const keep = keepSenderLines(senderChange(site, account), site, account);
    expect(keep[1]).toBe(`  writeupp-mail site set harbour-physio --send-as ${sendAs}`);
    expect(keep.join(' ')).not.toContain('sign in as');
  });

  test('loses its send-as address by the command that is named', () => {
    const site = aSite({ sendAs: INFO });
    for (const none of ['none', 'None ']) {
      expect(changedSite(site, { sendAs: none }).sendAs).toBeNull();
      expect(newSite('quay', { login: JANE, sendAs: none }).sendAs).toBeNull();
    }
  });

  test('that stays is said to stay', () => {
    expect(senderLines({ today: INFO, after: INFO.toUpperCase() })).toEqual([
      `Patients see ${INFO} as the sender, before and after.`,
    ]);
  });
});
