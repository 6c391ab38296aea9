/** The pages a person meets: account chooser, consent, refusal. Plain HTML without scripts. */
import type { Account } from './accounts.js';

/** Only the pages' own style; `form-action` is left out, since consent ends at the program's port. */
export const PAGE_HEADERS = {
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
} as const;

export const APP_NAME = 'writeupp-mail';
const SEND_LABEL = 'Send email on your behalf';

const STYLE = `
:root { color-scheme: light dark; }
body { font: 1.125rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 2rem auto; padding: 0 1rem; }
.note { border: 2px dashed; padding: .5rem 1rem; }
button { font: inherit; padding: .5rem 1rem; margin: .25rem .5rem .25rem 0; }
.accounts button { display: block; width: 100%; text-align: left; }
input[type=checkbox] { width: 1.25rem; height: 1.25rem; vertical-align: middle; }
`;

export function chooserPage(action: string, accounts: readonly Account[]): string {
  const buttons = accounts
    .map(
      ({ email, name }) =>
        `<li><button name="account" value="${escapeHtml(email)}">${escapeHtml(name)}<br>${escapeHtml(email)}</button></li>`,
    )
    .join('\n');
  return page(
    'Choose an account',
    `<p>to continue to <strong>${APP_NAME}</strong></p>
<form id="choose" method="get" action="${escapeHtml(action)}">
<ul class="accounts" style="list-style: none; padding: 0">
${buttons}
</ul>
</form>`,
  );
}

export interface ConsentPage {
  /** Where the form goes, and (with GET) the chooser is. */
  readonly action: string;
  readonly account: Account;
  /** Is the permission to send asked for? Then the box is there, unticked: granular consent. */
  readonly asksToSend: boolean;
}

export function consentPage({ action, account, asksToSend }: ConsentPage): string {
  const target = escapeHtml(action);
  const box = asksToSend
    ? `<fieldset><legend>Select what ${APP_NAME} can access</legend>
<p><label><input type="checkbox" name="send" value="yes"> ${SEND_LABEL}</label></p>
</fieldset>`
    : '';
  return page(
    `${APP_NAME} wants access to your Google Account`,
    `<p>Signed in as <strong>${escapeHtml(account.email)}</strong></p>
<form id="consent" method="post" action="${target}">
<input type="hidden" name="account" value="${escapeHtml(account.email)}">
<p>${APP_NAME} will see your primary Google Account email address.</p>
${box}
<p><button name="decision" value="allow">Allow</button>
<button name="decision" value="cancel">Cancel</button></p>
</form>
<form id="another" method="get" action="${target}">
<input type="hidden" name="chooser" value="yes">
<p><button>Use another account</button></p>
</form>`,
  );
}

export interface RefusalPage {
  /** Google's heading, such as "Access blocked: Authorization Error". */
  readonly title: string;
  readonly text: string;
  /** Google's last line, such as "Error 400: redirect_uri_mismatch". */
  readonly error?: string;
}

export function refusalPage({ title, text, error }: RefusalPage): string {
  const line = error ? `<p><strong>${escapeHtml(error)}</strong></p>` : '';
  return page(title, `<p>${escapeHtml(text)}</p>\n${line}`);
}

function page(title: string, content: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} - Google stand-in</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<p class="note" role="note">This is a stand-in for tests and rehearsals. It is not Google: no real
account is used, and no email leaves this computer.</p>
<h1>${escapeHtml(title)}</h1>
${content}
</main>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
