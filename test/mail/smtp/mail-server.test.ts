/** WRITEUPP_MAIL_SERVER: how it is read. */

import { describe, expect, test } from '@jest/globals';
import { parseMailServer } from '../../../src/mail/smtp/mail-server.js';

describe('an address that can be used', () => {
  test.each([
    [
      'smtps://user@mail.example:465',
      { host: 'mail.example', port: 465, security: 'tls', user: 'user', password: null },
    ],
    [
      'smtps://user:p%40ss%3A%2F@mail.example',
      { host: 'mail.example', port: 465, security: 'tls', user: 'user', password: 'p@ss:/' },
    ],
    [
      'smtp://info%40clinic.example:x@mail.example',
      {
        host: 'mail.example',
        port: 587,
        security: 'starttls',
        user: 'info@clinic.example',
        password: 'x',
      },
    ],
    [
      'smtp://127.0.0.1:2525',
      { host: '127.0.0.1', port: 2525, security: 'none', user: null, password: null },
    ],
    [
      'smtp://[::1]:2525/',
      { host: '::1', port: 2525, security: 'none', user: null, password: null },
    ],
    [
      'smtps://localhost',
      { host: 'localhost', port: 465, security: 'tls', user: null, password: null },
    ],
  ])('%s', (value, server) => {
    expect(parseMailServer(value)).toEqual({ ...server, site: null });
  });
});

describe('one that can’t is refused, and never repeated', () => {
  test.each([
    ['mail.example:465'],
    ['https://u:hunter2@mail.example'],
    ['smtps://u:hunter2@'],
    ['smtps://u:hunter2@mail.example/path'],
    ['smtps://u:hunter2@mail.example?tls=no'],
    ['smtps://u:hunter2%@mail.example'],
    ['smtps://u:hunter2@mail.example:99999'],
    ['smtps://u:hunter2@-mail-.example'],
  ])('%s', (value) => {
    expect(() => parseMailServer(value)).toThrow(
      expect.objectContaining({
        code: 'invalid-settings',
        message: expect.not.stringContaining('hunter2'),
        hint: expect.not.stringContaining('hunter2'),
      }),
    );
  });

  test('none: no-mail-server', () => {
    expect(() => parseMailServer(undefined)).toThrow(
      expect.objectContaining({ code: 'no-mail-server' }),
    );
  });
});
