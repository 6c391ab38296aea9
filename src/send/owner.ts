/** Who owns a spool: its messages belong to one site, and must never go out as another's. */

import { join } from 'node:path';
import { MailError } from '../errors.js';
import { siteKey } from '../sites/site-name.js';
import { errnoOf, storageError } from '../storage/storage-error.js';
import { isObject, parseJson } from '../text/json.js';
import type { Disk } from './disk.js';

/** One site of one store. */
export interface SpoolOwner {
  readonly site: string;
  /** The store's unique id: a rehearsal has another store than the real one. */
  readonly store: string;
  /** The store, as shown to people. */
  readonly description: string;
  readonly isRehearsal: boolean;
}

const FILE = '.owner';

/**
 * Whether the spool already belongs to this owner, or to nobody yet.
 *
 * @throws MailError `invalid-settings` if it belongs to somebody else; `storage`
 */
export function requireOwner(
  folder: string,
  owner: SpoolOwner,
  disk: Pick<Disk, 'read'>,
): 'owned' | 'free' {
  const found = readOwner(folder, disk);
  if (found === null) return 'free';
  const isSame =
    found.store === owner.store &&
    found.isRehearsal === owner.isRehearsal &&
    siteKey(found.site) === siteKey(owner.site);
  if (!isSame) throw notYours(folder, found, owner);
  return 'owned';
}

/** Call this under the spool's lock, and flush the folder afterwards. */
export function writeOwner(folder: string, owner: SpoolOwner, disk: Disk): void {
  const path = join(folder, FILE);
  const half = join(folder, `${FILE}.tmp`);
  disk.write(half, `${JSON.stringify(owner, null, 2)}\n`);
  disk.rename(half, path);
}

/** Null if nobody owns it yet. @throws MailError `storage` */
export function readOwner(folder: string, disk: Pick<Disk, 'read'>): SpoolOwner | null {
  const path = join(folder, FILE);
  let text: string;
  try {
    text = disk.read(path).toString();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw storageError(error, path, 'read');
  }
  const value = parseJson(text);
  const found = isObject(value) ? value : {};
  if (typeof found.site === 'string' && typeof found.store === 'string') {
    const { site, store, description, isRehearsal } = found;
    return {
      site,
      store,
      description: typeof description === 'string' ? description : 'another store',
      isRehearsal: isRehearsal === true,
    };
  }
  throw new MailError(
    'storage',
    `${path} is damaged. It says which site the spool belongs to.`,
    'Nothing was sent, and nothing was changed.\nIf you know that the messages there are this site’s, delete that file and run the same command again.',
  );
}

function notYours(folder: string, found: SpoolOwner, owner: SpoolOwner): MailError {
  const whose = ({ site, description, isRehearsal }: SpoolOwner) =>
    `the site "${site}" in ${description}${isRehearsal ? ' (a rehearsal)' : ''}`;
  return new MailError(
    'invalid-settings',
    `The spool ${folder} belongs to ${whose(found)}, not to ${whose(owner)}.`,
    [
      'Nothing was sent, and nothing was changed: one site’s messages must not leave as another’s.',
      `Name the site with --site ${JSON.stringify(found.site)}, or use another folder.`,
      `If the spool should belong to this site from now on, make sure that it is empty, then delete ${join(folder, FILE)}.`,
    ].join('\n'),
  );
}
