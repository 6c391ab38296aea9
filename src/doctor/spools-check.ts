/** Whether the messages waiting in this computer's spools get sent, and which were put aside. */

import { type SpoolView, spoolAttention, spoolWords } from '../kit/spools.js';
import { siteCommand } from '../text/command-line.js';
import { type Check, pass, warn } from './run-check.js';

const LIMIT_MS = 5_000;

export function spoolsCheck(read: () => Promise<readonly SpoolView[]>): Check {
  return {
    name: 'spools',
    waitsFor: 'the folders of spools',
    limitMs: LIMIT_MS,
    async run() {
      const spools = await read();
      // Most computers have none.
      if (spools.length === 0) return null;
      const words = spools.map(spoolWords).join('\n');
      const urgent = spoolAttention(spools);
      if (urgent.length > 0) {
        const messages = urgent.map(({ message }) => message);
        const hints = urgent.map(({ hint }) => hint);
        const found = warn([...messages, words].join('\n'), hints.join('\n'));
        return { ...found, code: 'spool-not-emptied' as const };
      }
      const aside = spools.filter(({ inRefused, inUnknown }) => inRefused + inUnknown > 0);
      return aside.length === 0 ? pass(words) : warn(words, asideWords(aside));
    },
  };
}

function asideWords(spools: readonly SpoolView[]): string {
  const folders = spools.map(({ folder }) => folder).join(', ');
  return [
    `Look through "refused" and "unknown" in ${folders}: those messages are not sent by themselves. Move them away, or put one back.`,
    ...spools.map(
      ({ site, folder }) =>
        `To put one back: ${siteCommand('send', site, '--batch', folder, '--again', 'NAME')}`,
    ),
  ].join('\n');
}
