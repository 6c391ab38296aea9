/**
 * Refuses files and folders that another user of this computer owns or may write, because a record decides where an
 * email and its password go. (Windows has access lists instead of owners and modes; those of the profile folder protect
 * what is in it.)
 */

import type { Stats } from 'node:fs';
import { MailError } from '../errors.js';

type Owned = Pick<Stats, 'uid' | 'gid' | 'mode'>;

/** Permission bits that let others write: the group, everyone. */
const GROUP = 0o020;
const EVERYONE = 0o002;

/**
 * Refuses what another user owns or may write.
 *
 * @throws MailError `storage` with the path, its owner, and the command to run
 */
export function refuseOthers(path: string, found: Owned): void {
  const user = process.geteuid?.();
  if (user === undefined) return;
  if (found.uid !== user) throw user === 0 ? notRoots(path, found.uid) : notYours(path, found.uid);
  if ((found.mode & (GROUP | EVERYONE)) !== 0) throw writable(path);
}

/**
 * As `refuseOthers`, for a file that the person brought: an administrator may have put it there, and where each user
 * has their own group (most Linux systems) that group may write what was downloaded.
 */
export function refuseStrangers(path: string, found: Owned): void {
  const user = process.geteuid?.();
  if (user === undefined) return;
  if (found.uid !== user && found.uid !== 0) {
    throw user === 0 ? notRoots(path, found.uid) : notYours(path, found.uid);
  }
  const isOwnGroup = process.platform === 'linux' && found.gid === process.getegid?.();
  if ((found.mode & (isOwnGroup ? EVERYONE : GROUP | EVERYONE)) !== 0) throw writable(path);
}

function notYours(path: string, owner: number): MailError {
  return new MailError(
    'storage',
    `${path} belongs to ${owner === 0 ? 'the administrator (root)' : `another user of this computer (number ${owner})`}, so it was not used.`,
    `If it is yours, take it over: sudo chown -R "$(id -un)" ${word(path)}\n` +
      'If it is not, choose a settings folder of your own with WRITEUPP_MAIL_HOME.',
  );
}

/** Most likely sudo: the user could no longer read what it then wrote in their folder. */
function notRoots(path: string, owner: number): MailError {
  return new MailError(
    'storage',
    `${path} belongs to a user of this computer (number ${owner}), and this run is the administrator’s (root), so it was not used.`,
    'Run the command as that user, without sudo.\n' +
      `If it is the administrator’s own: chown -R root ${word(path)}`,
  );
}

function writable(path: string): MailError {
  return new MailError(
    'storage',
    `${path} may be changed by other users of this computer, so it was not used.`,
    `Check what is in it, then run: chmod go-w ${word(path)}\n` +
      'If that changes nothing, the disk keeps no permissions: move it to another disk.',
  );
}

/** A path as a word of a shell command. */
function word(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
