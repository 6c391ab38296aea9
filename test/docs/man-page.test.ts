/** The manual page: the sections that everybody looks for, and no fault that a formatter would tell of. */

import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { manPage } from '../../tools/man-page.js';
import { describeWith } from '../support/system-part.js';

test('has the usual sections in their order, each with something in it', async () => {
  const page = await manPage();
  const sections = page.split(/^\.SH /m).slice(1);
  expect(sections.map((section) => section.split('\n')[0])).toEqual([
    ...['NAME', 'SYNOPSIS', 'DESCRIPTION', 'OPTIONS', 'COMMANDS'],
    ...['EXIT STATUS', 'ENVIRONMENT', 'FILES', 'SEE ALSO'],
  ]);
  for (const section of sections) expect(section.split('\n').length).toBeGreaterThan(2);
  expect(page).toMatch(/^\.B 130\ninterrupted/m);
  expect(page).toMatch(/^\.SS writeupp\\-mail site import$/m);
  expect(page).toContain('migrate [options]');
});

describeWith(['groff'], 'a formatter', () => {
  test('shows it without a complaint', async () => {
    const shown = execFileSync('groff', ['-man', '-Tascii', '-ww', '-z'], {
      input: await manPage(),
      stdio: 'pipe',
    });
    expect(String(shown)).toBe('');
  });
});
