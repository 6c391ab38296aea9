/** "Integrations & Add-Ons" as WriteUpp shows it: an SMTP row stands there only while there are SMTP settings. */

import type { Json } from './settings-api.js';

export function settingsRows({ smtp, gmail }: Json): readonly (readonly [string, string])[] {
  return [
    ['Gmail', gmail == null ? 'not connected' : `connected as ${gmail.email}`],
    ...(smtp == null
      ? []
      : ([['SMTP', `${smtp.host}, port ${smtp.port}, ${smtp.user ?? 'no login'}`]] as const)),
  ];
}

export function settingsPage(site: Json): string {
  const rows = settingsRows(site).map(
    ([label, value]) => `<tr><th scope="row">${label}</th><td>${escaped(value)}</td></tr>`,
  );
  const practice = escaped(String(site.organisation));
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${practice}</title>
<h1>Integrations &amp; Add-Ons: ${practice}</h1><table>${rows.join('')}</table></html>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
