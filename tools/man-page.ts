/** docs/writeupp-mail.1: the manual page, of the same help as docs/commands.md. */

import { helpOfAll } from './commands-page.js';

/** The page, for man(7). Help is laid out already: it is shown as it stands. */
export async function manPage(): Promise<string> {
  const sections = (await helpOfAll()).map(
    ({ name, help }) => `.SH ${name.toUpperCase()}\n.nf\n${roff(help)}\n.fi\n`,
  );
  return [
    '.TH WRITEUPP\\-MAIL 1\n',
    '.SH NAME\nwriteupp\\-mail \\- moves a practice\\(cqs email from SMTP passwords to Gmail sign\\-in\n',
    ...sections,
  ].join('');
}

/** As text: a backslash, a hyphen that is typed, and a dot or quote that begins a line mean something to roff. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('’', '\\(cq')
    .replaceAll(/^(?=[.'])/gm, '\\&');
}
