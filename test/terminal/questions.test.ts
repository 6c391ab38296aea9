/** Every question of the program, and what Enter alone does at it: nothing that can't be undone. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

/** The verbs of `Ask` that Enter alone answers. Text is checked, and `typed` takes nothing but the word. */
const CALL = /\bask\??\.(confirm|choose|find|pressEnter)(?:<[^(]*>)?\(/g;

/**
 * A question is known by its file and verb; what Enter alone takes is read from the code: the default of a Yes or No,
 * the value of the first choice. Whoever adds a question adds a row, and answers for it.
 */
const ENTER_ALONE: readonly (readonly [question: string, enter: string])[] = [
  // A list that is asked about before anything is done.
  ['kit/choose-site.ts find', 'the first site; what is done with it is asked about then'],
  ['kit/choose-site.ts confirm', 'Yes'], // add a site
  ['kit/ask-for-site.ts confirm', 'No'], // the SMTP password is stored too
  ['kit/ask-for-site.ts confirm', 'Yes'], // email goes through Google now
  ['kit/usual-servers.ts confirm', 'Yes'], // the server that was meant; `site set` changes it
  ['doctor/doctor.ts confirm', 'No'], // clear what killed runs left
  ['doctor/doctor.ts confirm', 'Yes'], // write the report to a new file
  ['practices/site-remove.ts confirm', 'No'],
  ['practices/team.ts confirm', 'No'], // only another member can add them again
  ['send/put-back.ts confirm', 'No'], // a message is sent once more
  ['sign-in/talk.ts pressEnter', 'opens the browser'],
  ['sign-in/talk.ts choose', 'again'], // after a refusal
  ['sign-in/talk.ts choose', 'again'], // an account
  ['steps/ask-receipt.ts choose', 'again'], // no reference yet
  ['steps/ask-receipt.ts choose', 'look'], // the sender
  [
    'steps/ask-receipt.ts pressEnter',
    'goes on to the sign-in; nothing is removed before the reference',
  ],
  ['steps/connect-steps.ts confirm', 'No'], // another computer stops sending
  ['switch/ask-page.ts choose', 'open-again'],
  ['switch/migrate-many.ts confirm', 'No'], // many sites are switched
  ['switch/migrate-one-by-one.ts choose', 'now'], // sign in; the switch asks before the deed
  ['switch/revert-smtp.ts confirm', 'No'],
  ['switch/sign-out.ts confirm', 'No'],
];

/** The text of a call, from its parenthesis to the one that closes it. */
function callAt(source: string, from: number): string {
  let depth = 0;
  for (let at = from; at < source.length; at += 1) {
    if (source[at] === '(') depth += 1;
    if (source[at] === ')') depth -= 1;
    if (depth === 0) return source.slice(from, at + 1);
  }
  throw new Error('a call without an end');
}

/** The value that Enter takes: of the first choice, written in place or named before. */
function firstChoice(call: string, source: string): string {
  const inPlace = /\[\s*\{[^}]*?value: '([\w-]+)'/s.exec(call)?.[1];
  if (inPlace !== undefined) return inPlace;
  const [, name = ''] = /\[\s*(\w+),/.exec(call) ?? [];
  const named = new RegExp(`const ${name} = \\{.*?value: '([\\w-]+)'`, 's');
  return named.exec(source)?.[1] ?? 'not known';
}

function enterAlone(verb: string, call: string, source: string): string | null {
  if (verb === 'confirm') return /,\s*true,?\s*\)$/.test(call) ? 'Yes' : 'No';
  return verb === 'choose' ? firstChoice(call, source) : null;
}

const found = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('terminal/'))
  .flatMap((file) => {
    const source = readFileSync(join(SRC, file), 'utf8');
    return [...source.matchAll(CALL)].map(({ 0: text, 1: verb = '', index }) => {
      const call = callAt(source, index + text.length - 1);
      return [`${file} ${verb}`, enterAlone(verb, call, source)] as const;
    });
  });

test('no question takes by Enter alone what can’t be undone', () => {
  const sorted = (rows: readonly (readonly [string, string | null])[]) =>
    rows.map(([question, enter]) => `${question}: ${enter}`).sort();
  const known = ENTER_ALONE.map(([question, enter]) => {
    const isRead = /confirm|choose/.test(question.split(' ')[1] ?? '');
    return [question, isRead ? enter : null] as const;
  });
  expect(sorted(found)).toEqual(sorted(known));
});
