/** Addresses: what is accepted as one, and when two are the same Google account. */

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isAddress, isDomain, sameAccount, splitAddress } from '../../src/sites/address.js';

describe('isAddress', () => {
  test.each([
    'info@harbour-physio.example',
    'first.last+tag@sub.practice.example',
    "o'brien@practice.example",
    'jörg@praxis-müller.example',
    '医生@診所.example',
    `${'a'.repeat(64)}@practice.example`,
  ])('accepts %s', (text) => {
    expect(isAddress(text)).toBe(true);
  });

  test.each([
    ['nothing', ''],
    ['no domain', 'jane'],
    ['an empty domain', 'jane@'],
    ['a domain without a dot', 'jane@localhost'],
    ['no local part', '@practice.example'],
    ['a display name', 'Jane <jane@practice.example>'],
    ['two addresses', 'a@practice.example,b@practice.example'],
    ['two at signs', 'a@b@practice.example'],
    ['a space', 'ja ne@practice.example'],
    ['a header line', 'jane@practice.example\r\nBcc: x@evil.example'],
    ['a line feed at the end', 'jane@practice.example\n'],
    ['a NUL', 'jane\0@practice.example'],
    ['a quoted local part', '"jane doe"@practice.example'],
    ['two dots in a row', 'jane..doe@practice.example'],
    ['a dot in front', '.jane@practice.example'],
    ['an address literal', 'jane@[127.0.0.1]'],
    ['a domain that ends with a hyphen', 'jane@practice-.example'],
    ['a local part of 65 octets', `${'a'.repeat(65)}@practice.example`],
    ['more than 254 octets', `jane@${`${'a'.repeat(60)}.`.repeat(4)}practice.example`],
  ])('refuses %s', (_what, text) => {
    expect(isAddress(text)).toBe(false);
  });

  test('accepts nothing that could end a header line or a list, whatever it is made of', () => {
    const character = fc.constantFrom(...'ab@.,;:<>"\\ \r\n\0\t()[]é');
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 20 }), (local) => {
        const text = `${local}@practice.example`;
        if (isAddress(text)) expect(local).toMatch(/^[ab.é]+$/);
      }),
    );
  });
});

test.each([
  ['smtp.gmail.com', true],
  ['localhost', true],
  ['', false],
  ['-smtp.example', false],
  ['smtp..example', false],
  ['smtp.example/path', false],
  ['user@smtp.example', false],
])('isDomain(%j) is %j', (text, expected) => {
  expect(isDomain(text)).toBe(expected);
});

describe('sameAccount', () => {
  test.each([
    ['Info@Harbour.example', 'info@harbour.EXAMPLE'],
    ['j.ane.doe@gmail.com', 'janedoe@gmail.com'],
    ['Jane.Doe@googlemail.com', 'janedoe@gmail.com'],
    [' jane@practice.example ', 'jane@practice.example'],
  ])('%j and %j are the same', (one, other) => {
    expect(sameAccount(one, other)).toBe(true);
    expect(sameAccount(other, one)).toBe(true);
  });

  test.each([
    // Google Workspace addresses keep their dots apart.
    ['j.ane@practice.example', 'jane@practice.example'],
    ['jane@gmail.com', 'jane@practice.example'],
    ['jane+tag@gmail.com', 'jane@gmail.com'],
    ['jane@mygooglemail.com', 'jane@gmail.com'],
  ])('%j and %j are not', (one, other) => {
    expect(sameAccount(one, other)).toBe(false);
    expect(sameAccount(other, one)).toBe(false);
  });
});

test('splitAddress parts at the last at sign', () => {
  expect(splitAddress('a@b@c')).toEqual(['a@b', 'c']);
  expect(splitAddress('nothing')).toEqual(['', 'nothing']);
});
