/** Suites that need a part of the system: run if it is installed, otherwise skipped with the reason. */

import { describe, test } from '@jest/globals';
import { findProgram } from './find-program.js';
import { POSTFIX_MASTER } from './postfix.js';

/** How each part is detected: programs by name in PATH (and in Debian's folders), or a path. */
const PROGRAMS = {
  curl: ['curl'],
  fish: ['fish'],
  keyring: ['dbus-daemon', 'gnome-keyring-daemon', 'gdbus'],
  chromium: ['/usr/bin/chromium'],
  script: ['script'],
  groff: ['groff'],
  strace: ['strace'],
  systemd: ['systemd-analyze'],
  exim4: ['exim4'],
  dnsmasq: ['dnsmasq'],
  postgres: ['initdb', 'postgres'],
  pgbouncer: ['pgbouncer'],
  postfix: [POSTFIX_MASTER],
  tmux: ['tmux'],
  'git-email': ['/usr/lib/git-core/git-send-email'],
  's-nail': ['s-nail'],
  'bsd-mailx': ['bsd-mailx'],
  mailutils: ['mail.mailutils'],
  php: ['php'],
  perl: ['perl'],
  wine: ['/usr/lib/wine/wine64'],
  xvfb: ['Xvfb'],
  zsh: ['zsh'],
} as const;

/** Parts that aren't programs. Only root may mount a disk, or run the program as another user. */
const FACTS = {
  linux: process.platform === 'linux',
  root: process.getuid?.() === 0,
};

/** A part of the system that some suites need. */
export type SystemPart = keyof typeof PROGRAMS | keyof typeof FACTS;

/**
 * Like `describeWith`, for a single test that needs a right that not everybody has.
 *
 * @param isHere whether the right is there
 */
export function testIf(
  isHere: boolean,
  lacking: string,
): (name: string, work: () => Promise<void>) => void {
  if (isHere) return test;
  const reason = `not here: ${lacking}`;
  if (!process.env.CI) return test.skip;
  return (name) =>
    test(name, () => {
      throw new Error(reason);
    });
}

/**
 * `describe` for suites that need parts of the system. If one is missing, the suite is skipped and says which; on a
 * build machine (CI is set) it fails instead, so that nothing is skipped there unnoticed.
 */
export function describeWith(parts: readonly SystemPart[], name: string, suite: () => void): void {
  const missing = parts.flatMap((part) => {
    // A mutation run stays in memory.
    if (process.env.TEST_IN_MEMORY) return [part];
    if (part === 'linux' || part === 'root') return FACTS[part] ? [] : [part];
    return PROGRAMS[part].filter((program) => !findProgram(program));
  });
  if (missing.length === 0) {
    describe(name, suite);
    return;
  }
  const reason = `not here: ${missing.join(', ')}`;
  describe(name, () => {
    if (process.env.CI) {
      test('needs a part of the system', () => {
        throw new Error(reason);
      });
    } else {
      test.skip(reason, () => undefined);
      console.warn(`Skipped: ${name} (${reason})`);
    }
  });
}
