/** A page for the browser: the practice, what happened, what to do next. No scripts, no outside resources. */

import { createHash } from 'node:crypto';
import { escapeHtml } from '../text/escape-html.js';

export interface Page {
  readonly html: string;
}

export interface PageText {
  readonly tone: 'signed-in' | 'asked' | 'stopped' | 'failed';
  /** Whose email the page is about; comes first. */
  readonly practice: string;
  /** For the tab, and read first by a screen reader. */
  readonly title: string;
  readonly heading: string;
  /** One idea each. */
  readonly lines: readonly string[];
  /** With a stand-in, the page says that this is a rehearsal. */
  readonly isRehearsal: boolean;
}

/** Sizes are in rem and the width in ch, so that 200% zoom only makes the text larger. */
const STYLE = `
:root{color-scheme:light dark;--paper:#fff;--ground:#f3f5f7;--ink:#1b2430;--soft:#4a5666;--line:#d5dbe2;--signed-in:#0b6b3a;--asked:#1c4f8f;--stopped:#7a4b00;--failed:#a3161b}
@media (prefers-color-scheme:dark){:root{--paper:#1b222b;--ground:#12171d;--ink:#eef2f6;--soft:#b6c1cd;--line:#364250;--signed-in:#6fd79f;--asked:#8fc1ff;--stopped:#f0be66;--failed:#ff9a94}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:flex;align-items:center;justify-content:center;padding:1.5rem;background:var(--ground);color:var(--ink);font:1.125rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{width:100%;max-width:60ch;padding:2rem;background:var(--paper);border:1px solid var(--line);border-top:.375rem solid var(--tone);border-radius:.5rem;overflow-wrap:anywhere}
.signed-in{--tone:var(--signed-in)}.asked{--tone:var(--asked)}.stopped{--tone:var(--stopped)}.failed{--tone:var(--failed)}
.practice{margin:0 0 .75rem;color:var(--soft);font-weight:600}
.kind{margin:0;color:var(--tone);font-weight:600}
h1{margin:.25rem 0 1rem;font-size:clamp(1.375rem,5vw,1.75rem);font-weight:700;line-height:1.25;text-wrap:balance}
.address{display:inline-block;max-width:100%;font-size:max(.6875rem,min(1em,(100vw - 4rem)/var(--em)))}
.to24{--em:15}.to32{--em:20}.to40{--em:25}.to64{--em:40}
p{margin:0 0 .75rem;text-wrap:pretty}
footer{margin:1.5rem 0 0;padding-top:1rem;border-top:1px solid var(--line);color:var(--soft);font-size:1rem}
footer p:last-child{margin:0}
.rehearsal{margin:1.25rem 0 0;padding:.375rem .75rem;border:2px dashed var(--stopped);border-radius:.25rem;font-size:1rem}
@media (max-width:30rem){body{padding:.75rem}main{padding:1.25rem}}
`;

/** Allows exactly this style, and nothing else. */
const CONTENT_SECURITY_POLICY =
  `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The headers of every response of the listener. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
} as const;

/** Colour is never the only sign. A successful sign-in is not the end of the switch, so it gets no tick. */
const KIND = {
  'signed-in': null,
  asked: null,
  stopped: '■ Stopped',
  failed: '✕ Not done',
} as const;

/** What an address may contain; a comma or full stop after it is not part of it. */
const ADDRESS = /[^\s@"“”(),;:<>]+@[^\s@"“”(),;:<>]*[^\s@"“”(),;:<>.]/gu;

/** Every text is escaped: an error's words may come from outside. */
export function renderPage(text: PageText): Page {
  const lines = text.lines.map((line) => `<p>${withWholeAddresses(line)}</p>`).join('\n');
  const kind = KIND[text.tone];
  const rehearsal = text.isRehearsal
    ? '<p class="rehearsal">This is a rehearsal with a stand-in. It is not the real Google.</p>\n'
    : '';
  return {
    html: `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(text.title)} – ${escapeHtml(text.practice)}</title>
<style>${STYLE}</style>
</head>
<body>
<main class="${text.tone}" id="main">
<p class="practice">${escapeHtml(text.practice)}: email from WriteUpp</p>
${kind === null ? '' : `<p class="kind">${kind}</p>\n`}<h1>${withWholeAddresses(text.heading)}</h1>
${lines}
${rehearsal}<footer>
<p>You can close this page.</p>
<p>It comes from writeupp-mail on this computer, not from Google.</p>
</footer>
</main>
</body>
</html>
`,
  };
}

/** Lengths of addresses, each with a class that fits them in a narrow window: a character is about 0.62 em wide. */
const LENGTHS = [24, 32, 40, 64] as const;

/** An address wraps as a whole; a browser would break it after a hyphen. */
function withWholeAddresses(text: string): string {
  let html = '';
  let from = 0;
  for (const { 0: address, index } of text.matchAll(ADDRESS)) {
    const length = LENGTHS.find((most) => address.length <= most) ?? LENGTHS.at(-1);
    html += `${escapeHtml(text.slice(from, index))}<span class="address to${length}">${escapeHtml(address)}</span>`;
    from = index + address.length;
  }
  return html + escapeHtml(text.slice(from));
}
