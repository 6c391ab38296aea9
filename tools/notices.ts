/** The licences of what the bundle holds of other people's work, as one file that goes with it. */

import type { BundledPackage } from './bundled-packages.js';

/** What may be shipped inside a program under the MIT licence, with its notice and no more. */
const ALLOWED = new Set([
  ...['MIT', 'MIT-0', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Apache-2.0', 'BlueOak-1.0.0'],
  // url-template's way of naming its three clauses.
  'BSD',
]);

/**
 * @param browserOpener the script that opens a browser on Linux; its licence is at its top
 * @throws Error for a licence that nobody has looked at yet
 */
export function noticesOf(packages: readonly BundledPackage[], browserOpener: string): string {
  const unknown = packages.filter(({ license }) => !ALLOWED.has(license));
  if (unknown.length > 0) {
    const list = unknown.map(({ name, license }) => `${name} (${license})`).join(', ');
    throw new Error(`May these be bundled? Decide in tools/notices.ts: ${list}`);
  }
  const parts = packages.map(
    ({ name, version, license, licenseText }) =>
      `${name} ${version} (${license})\n\n${licenseText}`,
  );
  const [, script = ''] = /# +xdg-open\n([\s\S]*?)\n#-{3,}\n/.exec(browserOpener) ?? [];
  if (!script.includes('Permission is hereby granted')) throw new Error('xdg-open has no licence');
  parts.push(`xdg-open, of xdg-utils (MIT)\n\n${script.replace(/^# {0,3}/gm, '').trim()}`);
  return `writeupp-mail contains the following works of others.\n\n${parts.map((part) => `${'='.repeat(80)}\n${part}\n`).join('\n')}`;
}
