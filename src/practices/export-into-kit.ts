/**
 * `site export NAME --into KIT.zip --output FILE.zip`: a copy of a kit with the practice's file added, to hand over.
 */

import { readFile } from 'node:fs/promises';
import { MailError } from '../errors.js';
import type { ExportedSite } from '../formats/export-sites.js';
import type { World } from '../kit/world.js';
import { siteKey } from '../sites/site-name.js';
import { writeNamedFile } from '../storage/named-file.js';
import { storageError } from '../storage/storage-error.js';
import { asciiJson } from '../text/json.js';

export interface IntoKit {
  readonly into?: string;
  readonly output?: string;
}

/** A file that every kit contains. */
const KIT_MARKER = 'app/bin/writeupp-mail.js';

/**
 * @param client the Google client file
 * @throws MailError `usage`, `storage`; in either case nothing was written
 */
export async function exportIntoKit(
  { report, style }: World,
  { into = '', output }: IntoKit,
  sites: readonly ExportedSite[],
  client: unknown,
): Promise<void> {
  const [site, ...others] = sites;
  if (output === undefined) throw unfit('--into needs --output FILE.zip: the kit stays as it is.');
  if (site === undefined || others.length > 0) throw unfit('--into takes one site: name it.');
  const text = `${asciiJson({ sites: [site], client }, 2)}\n`;
  const zip = await withFile(into, `${siteKey(site.name)}.json`, text);
  await writeNamedFile(output, zip, { option: '--output', mayReplace: false });
  report.result({ sites, output }, [
    `${style.good('✓')} Wrote ${output}: the kit, with the file of ${site.organisation} in it.`,
    '  It holds the Google client file. Hand it over by a link or a stick (mail servers strip such files),',
    '  then delete it. Anyone who unpacks it only double-clicks "Switch to Gmail".',
  ]);
}

/** The kit with one file added; its own entries are copied unchanged. */
async function withFile(kit: string, name: string, text: string): Promise<Uint8Array> {
  const { ZipWriter, Uint8ArrayReader, Uint8ArrayWriter, TextReader } = await import(
    '@zip.js/zip.js/lib/zip-core-native.js'
  );
  const bytes = await readFile(kit).catch((error: unknown) => {
    throw storageError(error, kit, 'read');
  });
  const zip = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  const names: string[] = [];
  try {
    await zip.appendZip(new Uint8ArrayReader(bytes), {
      filter: ({ filename }) => {
        names.push(filename);
        return true;
      },
    });
  } catch {
    throw unfit(`${kit} is not a kit of writeupp-mail, or is damaged.`);
  }
  if (!names.includes(KIT_MARKER)) throw unfit(`${kit} is not a kit of writeupp-mail.`);
  const other = names.find((found) => /^[^/]+\.json$/.test(found));
  if (other !== undefined) throw unfit(`${kit} has a practice’s file in it already: ${other}`);
  await zip.add(name, new TextReader(text), { level: 0 });
  return zip.close();
}

function unfit(message: string): MailError {
  return new MailError(
    'usage',
    message,
    'Nothing was written. See: writeupp-mail site export --help',
  );
}
