/** What an SMTP server's refusal means, and who can fix it. */

import { expect, test } from '@jest/globals';
import { explainSmtpLogin } from '../../../src/mail/smtp/explain-smtp.js';

const explained = (host: string, user: string, reply: string) => {
  const error = Object.assign(new Error(`Invalid login: ${reply}`), {
    ...{ code: 'EAUTH', command: 'AUTH PLAIN', response: reply },
    responseCode: Number(reply.slice(0, 3)),
  });
  const server = { host, port: 587, security: 'starttls' as const, user };
  return explainSmtpLogin(error, server, 'harbour-physio', null);
};

const PRACTICE = 'info@practice.example';
const said = (words: string) => `535 5.7.139 Authentication unsuccessful, ${words}`;

test.each<[what: string, user: string, reply: string, message: RegExp, hint: RegExp]>([
  [
    'a wrong password',
    PRACTICE,
    said('the user credentials were incorrect.'),
    /user name or password/,
    /Who can fix this: you[\s\S]*--smtp-password-stdin/,
  ],
  [
    'security defaults',
    PRACTICE,
    said("user is locked by your organization's security defaults policy."),
    /security defaults/,
    /administrator of your Microsoft 365 \(Entra\)/,
  ],
  [
    'a mailbox',
    PRACTICE,
    said('SmtpClientAuthentication is disabled for the Mailbox.'),
    /off for this mailbox/,
    /\(Exchange\)[\s\S]*Manage email apps/,
  ],
  [
    'a tenant',
    PRACTICE,
    said('SmtpClientAuthentication is disabled for the Tenant.'),
    /off for your organisation/,
    /\(Exchange\)[\s\S]*Mail flow/,
  ],
  [
    'the end',
    PRACTICE,
    said('basic authentication is disabled.'),
    /no longer accepts a user name/,
    /new password will not help/,
  ],
  [
    'the end, of submission',
    PRACTICE,
    '550 5.7.30 Basic authentication is not supported for Client Submission.',
    /no longer accepts a user name/,
    /new password will not help/,
  ],
  [
    'a personal account',
    'practice@hotmail.co.uk',
    said('the user credentials were incorrect.'),
    /personal accounts .* since 16 September 2024/,
    /no administrator to ask/,
  ],
])('Microsoft’s refusal is of %s, with its own remedy', (_what, user, reply, message, hint) => {
  const error = explained('smtp.office365.com', user, reply);
  expect(error).toMatchObject({ code: 'smtp-refused', message: expect.stringMatching(message) });
  expect(error.hint).toMatch(hint);
  expect(error.hint).toContain('writeupp-mail migrate --site harbour-physio');
  expect(error.hint).toContain('writeupp-mail revert-smtp --site harbour-physio');
});

test('Google’s refusal does not say that a right app password is refused', () => {
  const reply = '535-5.7.8 Username and Password not accepted. p=BadCredentials - gsmtp';
  const { message } = explained('smtp.gmail.com', PRACTICE, reply);
  expect(message).not.toContain('even the right password');
  expect(message).toContain('app password');
});
