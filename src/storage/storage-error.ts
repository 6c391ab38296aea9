/** Explains a file system's refusal: what could not be done, where, and what to do about it. */

import { MailError } from '../errors.js';

/** A MailError passes through unchanged. */
export function storageError(
  error: unknown,
  path: string,
  wanted: 'read' | 'written' | 'deleted' | 'locked',
  platform = process.platform,
): MailError {
  if (error instanceof MailError) return error;
  const code = errnoOf(error);
  const reasons = platform === 'win32' ? ON_WINDOWS : REASONS;
  const [reason, hint] = reasons[code ?? ''] ?? [
    `the system said ${code ?? 'nothing more'}`,
    CHECK,
  ];
  return new MailError('storage', `${path} could not be ${wanted}: ${reason}.`, hint);
}

/** The system's code for what went wrong, such as ENOENT. */
export function errnoOf(error: unknown): string | undefined {
  // Not `instanceof Error`: in some hosts, Node.js's own errors come from another realm.
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

const CHECK =
  'Check that the folder exists and that you may write to it, then run the command again.';
const ASK = 'Ask the person who looks after this computer to let you read and write this folder.';

const REASONS: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  ENOENT: ['there is no such file or folder', CHECK],
  ENOSPC: ['the disk is full', 'Free some space on this disk, then run the command again.'],
  EDQUOT: ['your disk quota is used up', 'Free some space, then run the command again.'],
  EROFS: [
    'the disk is read-only',
    'Make the disk writable, or choose another settings folder with WRITEUPP_MAIL_HOME.',
  ],
  EACCES: ['permission was denied', ASK],
  EPERM: ['permission was denied', ASK],
  ELOOP: [
    'it is a symbolic link, which this program never follows for its own records',
    'Find out who put the link there. Replace it with the real file, then run the command again.',
  ],
  ENOTDIR: [
    'a part of the path is not a folder',
    'Move what stands in its place away, or choose another folder with WRITEUPP_MAIL_HOME.',
  ],
  EISDIR: ['a folder stands in its place', 'Move that folder away, then run the command again.'],
};

/** Windows gives the same error for a file in use as for one that may never be touched. */
const OPEN_ELSEWHERE: (typeof REASONS)[string] = [
  'another program has it open, or Windows does not let you use it',
  'Close what may have it open (an editor, a backup, a virus scanner, a folder that is being synchronised), then run the command again. ' +
    'If that does not help, ask the person who looks after this computer to let you read and write this folder.',
];

const ON_WINDOWS: typeof REASONS = {
  ...REASONS,
  EACCES: OPEN_ELSEWHERE,
  EPERM: OPEN_ELSEWHERE,
  EBUSY: OPEN_ELSEWHERE,
};
