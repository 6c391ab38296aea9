/** The licences of the third-party code in the bundle, as one file that is shipped with it. */

import type { BundledPackage } from './bundled-packages.js';

/** Licences that allow shipping inside an MIT-licensed program, with no more than their notice. */
const ALLOWED = new Set([
  ...['MIT', 'MIT-0', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Apache-2.0', 'BlueOak-1.0.0'],
  // url-template's name for the three-clause licence.
  'BSD',
]);

/**
 * @param browserOpener the script that opens a browser on Linux; its licence is at the top of it
 * @throws Error for a licence that nobody has reviewed yet
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
