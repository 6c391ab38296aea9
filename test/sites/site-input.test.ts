/** What a person gives for a site: the message names the field, the value and the rule. */

import { describe, expect, test } from '@jest/globals';
import { MailError } from '../../src/errors.js';
import { type SiteFields, usualSecurity } from '../../src/sites/site-fields.js';
import { checkAddress, checkFields, problemWith } from '../../src/sites/site-input.js';

describe('checkFields', () => {
  test.each<[field: keyof SiteFields, option: string, value: string]>([
    ['organisation', '--organisation', ''],
    ['organisation', '--organisation', 'Harbour\r\nBcc: x@evil.example'],
    ['organisation', '--organisation', 'a'.repeat(201)],
    ['organisationEmail', '--organisation-email', 'nobody'],
    ['login', '--login', 'jane@nodomain'],
    ['smtpHost', '--smtp-host', 'smtp server'],
    ['smtpHost', '--smtp-host', 'smtp://mail.example'],
    ['smtpPort', '--smtp-port', '70000'],
    ['smtpPort', '--smtp-port', '0'],
    ['smtpPort', '--smtp-port', '-1'],
    ['smtpPort', '--smtp-port', '587.5'],
    ['smtpPort', '--smtp-port', '0x1F'],
    ['smtpPort', '--smtp-port', 'submission'],
    ['smtpSecurity', '--smtp-security', 'ssl'],
    ['smtpUser', '--smtp-user', 'jane\0'],
    ['smtpFrom', '--smtp-from', 'Jane <jane@practice.example>'],
  ])('refuses %s, and names %s and %j', (field, option, value) => {
    const error = refusalOf({ [field]: value });
    expect(error).toMatchObject({ code: 'invalid-settings', exitCode: 2 });
    expect(error.message).toContain(`${option}: ${JSON.stringify(value)}`);
    expect(error.hint).toContain('Nothing was changed.');
  });

  test('names the first wrong field of several', () => {
    expect(refusalOf({ smtpPort: '0', login: 'x' }).message).toContain('--login');
  });

  test('accepts fields that are right, outer spaces forgiven', () => {
    const fields: SiteFields = {
      organisation: 'Harbour Physio, Ltd. "North"',
      login: ' jane@practice.example ',
      smtpHost: 'smtp.gmail.com',
      smtpPort: '465',
      smtpSecurity: 'tls',
      smtpUser: 'jane',
      smtpFrom: 'info@practice.example',
    };
    expect(() => checkFields(fields)).not.toThrow();
  });

  function refusalOf(fields: SiteFields): MailError {
    try {
      checkFields(fields);
    } catch (error) {
      if (error instanceof MailError) return error;
    }
    throw new Error('the fields were accepted');
  }
});

test('problemWith gives a prompt its words, or nothing', () => {
  expect(problemWith('smtpPort', '70000')).toContain('1 to 65535');
  expect(problemWith('smtpPort', '587')).toBeNull();
});

test.each([
  [465, 'tls'],
  [587, 'starttls'],
  [25, 'starttls'],
] as const)('port %i is usually protected by %s', (port, security) => {
  expect(usualSecurity(port)).toBe(security);
});

test('checkAddress trims, and refuses with the code it was given', () => {
  expect(checkAddress('--to', ' a@b.example ', 'invalid-recipient')).toBe('a@b.example');
  expect(() => checkAddress('--to', 'a@b', 'invalid-recipient')).toThrow(
    expect.objectContaining({
      code: 'invalid-recipient',
      message: expect.stringContaining('--to'),
    }),
  );
});
