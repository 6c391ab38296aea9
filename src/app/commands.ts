/** The commands that there are, each loaded when it is called. */

import type { Command } from 'commander';
import type { Process } from '../command-kit/in-context.js';
import { TEST_SUBJECT } from '../message/test-subject.js';
import type { ProgramFor } from './completion.js';

/** The program's own name. */
export const PROGRAM = 'writeupp-mail';

/** What commands are for, in the order of the help. */
export const GROUPS = {
  switch: 'The switch:',
  look: 'Looking:',
  sites: 'Sites:',
  programs: 'For programs:',
  computer: 'This computer:',
} as const;

/** A command as it is listed. */
export interface Entry {
  readonly group: keyof typeof GROUPS;
  readonly description: string;
  /** Whether it asks something that `--yes` answers: its help shows `--yes` then. */
  readonly asks?: true;
  /** Loaded only when it is needed: most of the start-up time is the loading of what a command works with. */
  load(process: Process, programFor: ProgramFor): Promise<Command>;
}

export const COMMANDS: Readonly<Record<string, Entry>> = {
  migrate: {
    group: 'switch',
    asks: true,
    description:
      'Move a site from SMTP to Gmail: check, sign in, test, and remove the SMTP settings',
    load: async (process) => (await import('../commands/migrate.js')).migrateCommand(process),
  },
  'test-connection': {
    group: 'switch',
    description: `Send "${TEST_SUBJECT}" through Gmail to the WriteUpp login`,
    load: async (process) =>
      (await import('../commands/test-connection.js')).testConnectionCommand(process),
  },
  'revert-smtp': {
    group: 'switch',
    asks: true,
    description:
      'Revert to WriteUpp Mail Server: remove the SMTP settings and their password, for good',
    load: async (process) =>
      (await import('../commands/revert-smtp.js')).revertSmtpCommand(process),
  },
  'sign-in': {
    group: 'switch',
    asks: true,
    description: 'Sign in with Google: connect the account that sends email',
    load: async (process) => (await import('../commands/sign-in.js')).signInCommand(process),
  },
  'sign-out': {
    group: 'switch',
    asks: true,
    description: 'Forget the Gmail connection, and end the permission at Google',
    load: async (process) => (await import('../commands/sign-out.js')).signOutCommand(process),
  },
  status: {
    group: 'look',
    description: 'Show how email goes out: Integrations & Add-Ons',
    load: async (process) => (await import('../commands/status.js')).statusCommand(process),
  },
  history: {
    group: 'look',
    description: 'Tell who did what to a site, when, and on what proof',
    load: async (process) => (await import('../commands/history.js')).historyCommand(process),
  },
  site: {
    group: 'sites',
    description: 'The sites on record: add, list, show, set, remove, import, export, move',
    load: async (process) => (await import('../commands/site/site.js')).siteCommand(process),
  },
  team: {
    group: 'sites',
    description: 'The people who can open the secrets of a shared store',
    load: async (process) => (await import('../commands/team.js')).teamCommand(process),
  },
  send: {
    group: 'programs',
    description: 'Send one message (RFC 5322) from standard input by the site’s pathway',
    load: async (process) => (await import('../commands/send/send.js')).sendCommand(process),
  },
  doctor: {
    group: 'computer',
    asks: true,
    description: 'Check this computer, or a site: what works, what does not, and what to do',
    load: async (process) => (await import('../commands/doctor/doctor.js')).doctorCommand(process),
  },
  completion: {
    group: 'computer',
    description: 'Print what makes a shell complete commands: bash, zsh or fish',
    load: async (process, programFor) =>
      (await import('./completion.js')).completionCommand(process, programFor),
  },
};

/** The names of all commands. */
export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS);
