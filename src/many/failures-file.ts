/** A list of the sites that are left, as CSV: for whoever goes on with them by hand. */

import { open, writeFile } from 'node:fs/promises';
import { storageError } from '../storage/storage-error.js';
import { csvRow } from './csv.js';
import type { SiteEnd } from './migrate-many.js';

const COLUMNS = ['site', 'outcome', 'code', 'message', 'hint'];

/**
 * Makes sure, before anything is begun, that the file can be written. What an earlier run wrote is replaced at the end.
 *
 * @throws MailError `storage`
 */
export async function failuresFile(
  path: string,
): Promise<{ write(ends: readonly SiteEnd[]): Promise<void> }> {
  try {
    await (await open(path, 'a', 0o600)).close();
  } catch (error) {
    throw storageError(error, path, 'written');
  }
  return {
    async write(ends) {
      const rows = ends.map(({ site, outcome, error }) => [
        site,
        outcome,
        error?.code ?? '',
        error?.message ?? '',
        error?.hint ?? '',
      ]);
      try {
        await writeFile(path, [COLUMNS, ...rows].map((row) => `${csvRow(row)}\r\n`).join(''));
      } catch (error) {
        throw storageError(error, path, 'written');
      }
    },
  };
}
