/** What a mail server does with a message: by the code of each error, and by the facts that decide. */

import { describe, expect, test } from '@jest/globals';
import { type ErrorCode, type ErrorDetails, EXIT_CODES, MailError } from '../../src/errors.js';
import { sysexitOf } from '../../src/send/sysexits.js';

const of = (code: ErrorCode, details: ErrorDetails = {}, namesSite = false) =>
  sysexitOf(new MailError(code, '', '', details), namesSite);

test('every code', () => {
  const codes = Object.keys(EXIT_CODES) as ErrorCode[];
  const final = codes.filter((code) => of(code) !== 75);
  // Anything that is not here is kept by the caller, and tried again.
  expect(Object.fromEntries(final.map((code) => [code, of(code)]))).toEqual({
    'smtp-refused': 69,
    internal: 70,
    usage: 64,
    'no-such-site': 64,
    'not-interactive': 64,
    'invalid-recipient': 65,
    'invalid-message': 65,
    'message-too-large': 65,
    'delivery-unknown': 74,
  });
});

describe('facts that decide', () => {
  const sites = ['harbour-physio'];
  test.each<[string, ErrorCode, ErrorDetails, boolean, number]>([
    ['the sender was refused', 'smtp-refused', { refusedAt: 'sender', sent: 'no' }, false, 75],
    ['the account was refused', 'smtp-refused', { refusedAt: 'account', sent: 'no' }, false, 75],
    ['Google refused it for no known reason', 'internal', { sent: 'no' }, false, 75],
    ['some got it', 'smtp-refused', { sent: 'partly' }, false, 69],
    [
      'the user or password was refused',
      'smtp-refused',
      { refusedAt: 'log-in', sent: 'no' },
      false,
      75,
    ],
    ['the message was refused', 'smtp-refused', { sent: 'no' }, false, 69],
    ['some recipients were refused', 'smtp-refused', { sent: 'partly' }, false, 69],
    ['the call names a site that is not there', 'no-such-site', { sites }, true, 64],
    ['the environment does', 'no-such-site', { sites }, false, 75],
    ['nothing names one of several', 'usage', { sites }, false, 75],
    ['the call is wrong', 'usage', {}, true, 64],
  ])('%s', (_name, code, details, namesSite, expected) => {
    expect(of(code, details, namesSite)).toBe(expected);
  });
});
