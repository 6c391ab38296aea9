/** Site names, and the keys they give on disk and in the credential store. */

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MailError } from '../../src/errors.js';
import { parseSiteName, siteKey } from '../../src/sites/site-name.js';

describe('parseSiteName', () => {
  test.each(['harbour-physio', "St. Mary's (North) & Co+", 'Praxis Müller', '診所', '1st'])(
    'accepts %s',
    (name) => {
      expect(parseSiteName(name)).toBe(name);
    },
  );

  test('puts a name in its one form', () => {
    expect(parseSiteName('  Mu\u0308ller ')).toBe('M\u00fcller');
  });

  test.each([
    ['a slash', 'harbour/physio'],
    ['a backslash', 'harbour\\physio'],
    ['the parent folder', '..'],
    ['a dot in front', '.hidden'],
    ['a dot at the end', 'harbour.'],
    ['a hyphen in front, which reads as an option', '-s'],
    ['a line break', 'harbour\nphysio'],
    ['a NUL', 'harbour\0'],
    ['a colon', 'C:'],
    ['a name that Windows keeps for itself', 'con'],
    ['the same with an ending', 'LPT1.txt'],
    ['the same with a space before it', 'con .x'],
    ['more than 64 characters', 'a'.repeat(65)],
  ])('refuses %s, and shows the name', (_what, name) => {
    const refusal = refusalOf(name);
    expect(refusal.code).toBe('invalid-settings');
    expect(refusal.message).toContain(JSON.stringify(name));
  });

  test('refuses nothing at all', () => {
    expect(refusalOf('  ').message).toBe('The site name is empty.');
  });

  function refusalOf(name: string): MailError {
    try {
      parseSiteName(name);
    } catch (error) {
      if (error instanceof MailError) return error;
    }
    throw new Error(`${JSON.stringify(name)} was accepted`);
  }
});

describe('siteKey', () => {
  test('is the same for names that differ in case or composition alone', () => {
    expect(siteKey('Müller')).toBe(siteKey('MU\u0308LLER'));
  });

  test('of an accepted name is one part of a path, short enough, and its own key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 70 }), (text) => {
        if (!isAccepted(text)) return;
        const key = siteKey(parseSiteName(text));
        expect(key).not.toMatch(/[/\\:*?"<>|\p{Cc}]/u);
        expect(key).not.toMatch(/^\.|\.$/);
        // The longest file name that file systems take, with room for an ending.
        expect(Buffer.byteLength(key)).toBeLessThanOrEqual(230);
        expect(siteKey(key)).toBe(key);
      }),
      { numRuns: 1_000 },
    );
  });

  function isAccepted(text: string): boolean {
    try {
      parseSiteName(text);
      return true;
    } catch {
      return false;
    }
  }
});
