/** The voice of the demonstration: told apart from what the program itself says. */

import type { ParsedMail } from 'mailparser';
import { prepareToWrap, wrapLines } from '../../src/text/wrap.js';

await prepareToWrap(process.stdout);

/** Takes the line back from a spinner of the program, on a terminal. */
const CLEAR_LINE = process.stdout.isTTY ? '\r\x1b[K' : '';

const BAR = '│ ';

/** Says lines, each told apart by a bar. */
export function say(lines: readonly string[]): void {
  process.stdout.write(`${CLEAR_LINE}${barred(lines, process.stdout).join('\n')}\n`);
}

/** A heading of the demonstration. */
export function title(text: string): void {
  const lines = barred([text], process.stdout);
  const length = Math.max(...lines.map((line) => line.length)) - BAR.length;
  const rule = BAR + '─'.repeat(length);
  process.stdout.write(`\n${CLEAR_LINE}${[...lines, rule].join('\n')}\n`);
}

/** Each line folded to the width of the terminal, and told apart by a bar. */
export function barred(
  lines: readonly string[],
  { isTTY, columns }: { readonly isTTY?: boolean; readonly columns?: number },
): string[] {
  const room = columns === undefined ? {} : { columns: columns - BAR.length };
  return wrapLines(lines, { isTTY: isTTY === true, ...room }).map((line) =>
    `${BAR}${line}`.trimEnd(),
  );
}

/** A message as its reader sees it. */
export function letterLines({ from, to, subject, text }: ParsedMail, mailbox: string): string[] {
  const recipients = [to ?? []].flat().map((address) => address.text);
  return [
    `A message arrived in the mailbox of ${mailbox}:`,
    `  From:    ${from?.text ?? ''}`,
    `  To:      ${recipients.join(', ')}`,
    `  Subject: ${subject ?? ''}`,
    '',
    ...(text ?? '')
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line}`.trimEnd()),
  ];
}
