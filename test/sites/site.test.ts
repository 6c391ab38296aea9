/** The pathway rule: which way a site's email leaves. */

import { describe, expect, test } from '@jest/globals';
import { pathway, smtpSender } from '../../src/sites/site.js';
import { aSite, GMAIL, SMTP } from './a-site.js';

describe('pathway', () => {
  test.each([
    ['SMTP settings alone', { smtp: SMTP, gmail: null }, 'smtp'],
    ['both: SMTP settings take precedence', { smtp: SMTP, gmail: GMAIL }, 'smtp'],
    ['a Gmail connection alone', { smtp: null, gmail: GMAIL }, 'gmail'],
    ['neither: the WriteUpp mail server', { smtp: null, gmail: null }, 'writeupp'],
  ] as const)('%s', (_what, settings, expected) => {
    expect(pathway(aSite(settings))).toBe(expected);
  });

  test('a connection that was never tested is a pathway all the same', () => {
    expect(pathway(aSite({ gmail: { ...GMAIL, test: null } }))).toBe('gmail');
  });
});

describe('smtpSender', () => {
  test.each([
    ['the from address first', { from: 'desk@harbour.example' }, 'desk@harbour.example'],
    ['else the user name that is an address', {}, 'info@harbour-physio.example'],
    ['nothing where the user name is none', { user: 'mailer' }, null],
    ['nothing where there is no user name', { user: null }, null],
  ])('%s', (_what, change, expected) => {
    expect(smtpSender({ ...SMTP, ...change })).toBe(expected);
  });
});
