/** What the test message says, as plain text and as HTML. */

import { escapeHtml } from '../../text/escape-html.js';
import { TEST_SUBJECT } from './test-subject.js';

export interface TestMessageWords {
  readonly siteName: string;
  readonly organisation: string;
  /** The connected Google account. */
  readonly account: string;
  /** The sender that recipients should see. */
  readonly from: string;
  readonly reference: string;
  readonly date: Date;
  /** The name of the computer that sent it. */
  readonly computer: string;
  /** Whether a switch is waiting for the reference; otherwise one may ask for it later. */
  readonly isForSwitch: boolean;
  /** The site still has SMTP settings, which typing the reference removes. */
  readonly hasSmtp: boolean;
}

export function testMessageText(facts: TestMessageWords): string {
  const { why, what, rows, unexpected } = words(facts);
  const width = Math.max(...rows.map(([label]) => label.length)) + 2;
  const line = '-'.repeat(facts.reference.length + 4);
  const table = rows.map(([label, value]) => `${`${label}:`.padEnd(width)} ${value}`);
  const box = [line, `  ${facts.reference}`, line];
  return `${[why, ['Reference', ...box].join('\n'), what, table.join('\n'), unexpected].join('\n\n')}\n`;
}

const FONT = 'font-family:Arial,Helvetica,sans-serif';

/**
 * Tables and inline styles, because Outlook lays out with tables and Gmail drops what it does not know. Outlook takes
 * the width from the attribute, and does not inherit fonts into nested tables. Each colour is set on the very element
 * that it is for, so that programs that adapt colours to dark mode adapt them all.
 */
export function testMessageHtml(facts: TestMessageWords): string {
  const { why, what, rows, unexpected } = words(facts);
  const cells = rows
    .map(
      ([label, value]) =>
        `<tr><td class="faint" style="${FONT};padding:4px 16px 4px 0;color:#5f6368;vertical-align:top;white-space:nowrap">${escapeHtml(label)}</td>` +
        `<td class="text" style="${FONT};padding:4px 0;color:#202124;word-break:break-word">${escapeHtml(value)}</td></tr>`,
    )
    .join('\n');
  return `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${TEST_SUBJECT}</title>
<style>
@media (prefers-color-scheme: dark) {
  .page { background-color: #202124 !important; }
  .card { background-color: #2d2e31 !important; border-color: #5f6368 !important; }
  .box { background-color: #202124 !important; border-color: #8ab4f8 !important; color: #ffffff !important; }
  .text { color: #e8eaed !important; }
  .faint { color: #bdc1c6 !important; }
}
</style>
</head>
<body class="page" style="margin:0;padding:0;background-color:#f1f3f4">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:#f1f3f4">
<tr><td align="center" style="padding:24px 12px">
<table role="presentation" class="card" width="560" cellpadding="0" cellspacing="0" border="0" style="width:100%;max-width:560px;background-color:#ffffff;border:1px solid #dadce0;border-radius:8px">
<tr><td style="padding:28px;${FONT};font-size:16px;line-height:24px">
<h1 class="text" style="margin:0 0 12px;font-size:20px;line-height:28px;color:#202124">${TEST_SUBJECT}</h1>
<p class="text" style="margin:0 0 20px;color:#202124">${escapeHtml(why)}</p>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr>
<td class="box" align="center" style="${FONT};padding:16px 8px;background-color:#e8f0fe;border:2px solid #1a73e8;border-radius:8px;color:#202124">
<span style="font-size:14px;line-height:20px">Reference</span><br>
<strong style="font-family:Consolas,Menlo,monospace;font-size:32px;line-height:40px;letter-spacing:2px">${escapeHtml(facts.reference)}</strong>
</td></tr></table>
<p class="text" style="margin:20px 0;color:#202124"><strong>${escapeHtml(what)}</strong></p>
<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="font-size:14px;line-height:20px">
${cells}
</table>
<p class="faint" style="margin:20px 0 0;font-size:14px;line-height:20px;color:#5f6368">${escapeHtml(unexpected)}</p>
</td></tr></table>
</td></tr></table>
</body>
</html>
`;
}

function words(facts: TestMessageWords) {
  const { organisation, account, from, siteName, computer, date } = facts;
  const rows: [label: string, value: string][] = [
    ['Practice', organisation === siteName ? siteName : `${organisation} (site ${siteName})`],
    ['Google account', account],
    ...(from === account ? [] : [['Sender', from] satisfies [string, string]]),
    ['Sent from', computer],
    ['Sent at', timeOf(date)],
  ];
  return {
    why: `This message shows that email of ${organisation} can be sent through the Google account ${account}.`,
    what: whatNext(facts),
    rows,
    unexpected:
      'If you did not expect this message, tell the person who looks after WriteUpp at your practice. On the phone with support, read them the reference.',
  };
}

function whatNext({ isForSwitch, hasSmtp }: TestMessageWords): string {
  const removes = 'That removes the SMTP settings of this practice here, for good.';
  if (isForSwitch) {
    const goBack = 'Go back to the window where you started, and type this reference there.';
    return hasSmtp ? `${goBack} ${removes}` : goBack;
  }
  return hasSmtp
    ? `It has arrived, so the connection works. When you switch to Gmail, the program can ask for this reference: type it there then. ${removes}`
    : 'It has arrived, so the connection works. There is nothing to answer.';
}

/** For example "25 November 2026, 14:05 (UTC)": the reader may be in another time zone. */
function timeOf(date: Date): string {
  return `${DAY.format(date)}, ${TIME.format(date)}`;
}

/** Created once: each takes as long as the rest of the message. */
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
const TIME = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  timeZoneName: 'short',
});
