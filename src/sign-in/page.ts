/** The page that the browser ends on: what happened, what it means, what to do next. No scripts, nothing from outside. */

import { createHash } from 'node:crypto';

/** A whole page. */
export interface Page {
  readonly html: string;
}

/** What a page says. */
export interface PageText {
  readonly tone: 'done' | 'stopped' | 'failed';
  readonly heading: string;
  /** One idea each. */
  readonly lines: readonly string[];
  /** Said of a stand-in: this is a rehearsal. */
  readonly isRehearsal: boolean;
}

/** Sizes are in rem and the width in ch, so that 200 % zoom only makes the text larger. */
const STYLE = `
:root{color-scheme:light dark;--paper:#fff;--ground:#f3f5f7;--ink:#1b2430;--soft:#4a5666;--line:#d5dbe2;--done:#0b6b3a;--stopped:#7a4b00;--failed:#a3161b}
@media (prefers-color-scheme:dark){:root{--paper:#1b222b;--ground:#12171d;--ink:#eef2f6;--soft:#b6c1cd;--line:#364250;--done:#6fd79f;--stopped:#f0be66;--failed:#ff9a94}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:flex;align-items:center;justify-content:center;padding:1.5rem;background:var(--ground);color:var(--ink);font:1.125rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{width:100%;max-width:60ch;padding:2rem;background:var(--paper);border:1px solid var(--line);border-top:.375rem solid var(--tone);border-radius:.5rem;overflow-wrap:anywhere}
.done{--tone:var(--done)}.stopped{--tone:var(--stopped)}.failed{--tone:var(--failed)}
.kind{margin:0;color:var(--tone);font-weight:600}
h1{margin:.25rem 0 1rem;font-size:clamp(1.375rem,5vw,1.75rem);line-height:1.25;text-wrap:balance}
p{margin:0 0 .75rem;text-wrap:pretty}
h1+p{font-size:1.25rem;line-height:1.5}
footer{margin:1.5rem 0 0;padding-top:1rem;border-top:1px solid var(--line);color:var(--soft);font-size:1rem}
footer p:last-child{margin:0}
.rehearsal{margin:0 0 1.25rem;padding:.375rem .75rem;border:2px dashed var(--stopped);border-radius:.25rem;font-size:1rem}
@media (max-width:30rem){body{padding:.75rem}main{padding:1.25rem}}
`;

/** Only this very style is allowed, and nothing else at all. */
const CONTENT_SECURITY_POLICY =
  `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The headers of everything the listener answers. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
} as const;

const KIND = { done: '✓ Done', stopped: '■ Stopped', failed: '✕ Not done' } as const;

/** Builds the page. Every text is escaped: an error's words may come from outside. */
export function renderPage(text: PageText): Page {
  const lines = text.lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('\n');
  const rehearsal = text.isRehearsal
    ? '<p class="rehearsal">This is a rehearsal with a stand-in. It is not the real Google.</p>\n'
    : '';
  return {
    html: `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(text.heading)} – WriteUpp email</title>
<style>${STYLE}</style>
</head>
<body>
<main class="${text.tone}" id="main">
${rehearsal}<p class="kind">${KIND[text.tone]}</p>
<h1>${escapeHtml(text.heading)}</h1>
${lines}
<footer>
<p>You can close this page and go back to the window where you started.</p>
<p>It comes from writeupp-mail on this computer, not from Google.</p>
</footer>
</main>
</body>
</html>
`,
  };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
