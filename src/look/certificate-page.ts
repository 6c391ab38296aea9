/** The certificate of a switch as a self-contained page, suitable for printing and filing. */

import { escapeHtml } from '../text/escape-html.js';
import type { Certificate } from './history-view.js';

/** Black on white: it is meant for paper. */
const STYLE = `
body{margin:2rem auto;max-width:44rem;padding:0 1.5rem;color:#000;background:#fff;font:1rem/1.5 Georgia,"Times New Roman",serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .25rem}
.practice{font-size:1.25rem;margin:0 0 1.5rem}
dt{font-weight:700;margin-top:1rem}
dd{margin:0}
footer{margin-top:2rem;padding-top:.75rem;border-top:1px solid #000;font-size:.875rem}
@page{margin:2cm}
@media print{body{margin:0;padding:0;max-width:none}dt{break-after:avoid}dd{break-inside:avoid}}
`;

/** Every text is escaped: a practice chooses its own name. */
export function certificatePage({ title, practice, rows }: Certificate, footer: string): string {
  const list = rows.map(({ label, lines }) =>
    [`<dt>${escapeHtml(label)}</dt>`, ...lines.map((line) => `<dd>${escapeHtml(line)}</dd>`)].join(
      '\n',
    ),
  );
  return `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(`${title}: ${practice}`)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p class="practice">${escapeHtml(practice)}</p>
<dl>
${list.join('\n')}
</dl>
</main>
<footer>${escapeHtml(footer)}</footer>
</body>
</html>
`;
}
