/** The voice of the demonstration: told apart from what the program itself says. */

import type { ParsedMail } from 'mailparser';

/** Takes the line back from a spinner of the program, on a terminal. */
const CLEAR_LINE = process.stdout.isTTY ? '\r\x1b[K' : '';

/** Says lines, each told apart by a bar. */
export function say(lines: readonly string[]): void {
  process.stdout.write(`${CLEAR_LINE}${lines.map(bar).join('\n')}\n`);
}

/** A heading of the demonstration. */
export function title(text: string): void {
  process.stdout.write(`\n${CLEAR_LINE}${bar(text)}\n${bar('─'.repeat(text.length))}\n`);
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

function bar(line: string): string {
  return `│ ${line}`.trimEnd();
}
