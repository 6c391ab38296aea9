/** All commands, each loaded when it is called. */

import type { Command } from 'commander';
import type { Process } from '../kit/in-context.js';
import { TEST_SUBJECT } from '../mail/message/test-subject.js';
import type { ProgramFor } from './completion.js';

export const PROGRAM = 'writeupp-mail';

/** Groups of commands, in the order of the help. */
export const GROUPS = {
  switch: 'The switch:',
  look: 'Looking:',
  sites: 'Sites:',
  programs: 'For programs:',
  computer: 'This computer:',
} as const;

/** A command as listed. */
export interface Entry {
  readonly group: keyof typeof GROUPS;
  readonly description: string;
  /** Whether it asks something that `--yes` answers: then its help shows `--yes`. */
  readonly asks?: true;
  /** Loaded only when needed: most of the start-up time is spent loading what a command uses. */
  load(process: Process, programFor: ProgramFor): Promise<Command>;
}

export const COMMANDS: Readonly<Record<string, Entry>> = {
  migrate: {
    group: 'switch',
    asks: true,
    description:
      'Move a site from SMTP to Gmail: check, sign in, test, and remove the SMTP settings',
    load: async (process) => (await import('../switch/migrate.js')).migrateCommand(process),
  },
  'test-connection': {
    group: 'switch',
    description: `Send "${TEST_SUBJECT}" through Gmail to the WriteUpp login`,
    load: async (process) =>
      (await import('../switch/test-connection.js')).testConnectionCommand(process),
  },
  'revert-smtp': {
    group: 'switch',
    asks: true,
    description:
      'Revert to WriteUpp Mail Server: remove the SMTP settings and their password, for good',
    load: async (process) => (await import('../switch/revert-smtp.js')).revertSmtpCommand(process),
  },
  'sign-in': {
    group: 'switch',
    asks: true,
    description: 'Sign in with Google: connect the account that sends email',
    load: async (process) => (await import('../switch/sign-in.js')).signInCommand(process),
  },
  'sign-out': {
    group: 'switch',
    asks: true,
    description: 'Forget the Gmail connection, and end the permission at Google',
    load: async (process) => (await import('../switch/sign-out.js')).signOutCommand(process),
  },
  status: {
    group: 'look',
    description: 'Show how email goes out: Integrations & Add-Ons',
    load: async (process) => (await import('../look/status.js')).statusCommand(process),
  },
  history: {
    group: 'look',
    description: 'Tell who did what to a site, when, and on what proof',
    load: async (process) => (await import('../look/history.js')).historyCommand(process),
  },
  site: {
    group: 'sites',
    description: 'The sites on record: add, list, show, set, remove, import, export, move',
    load: async (process) => (await import('../practices/site-commands.js')).siteCommand(process),
  },
  team: {
    group: 'sites',
    description: 'The people who can open the secrets of a shared store',
    load: async (process) => (await import('../practices/team.js')).teamCommand(process),
  },
  store: {
    group: 'sites',
    description: 'The token for WriteUpp’s own settings: login, status, logout',
    load: async (process) => (await import('../practices/store.js')).storeCommand(process),
  },
  send: {
    group: 'programs',
    asks: true,
    description: 'Send one message (RFC 5322) from standard input by the site’s pathway',
    load: async (process) => (await import('../send/send.js')).sendCommand(process),
  },
  doctor: {
    group: 'computer',
    asks: true,
    description: 'Check this computer, or a site: what works, what does not, and what to do',
    load: async (process) => (await import('../doctor/doctor.js')).doctorCommand(process),
  },
  completion: {
    group: 'computer',
    description: 'Print what makes a shell complete commands: bash, zsh, fish or PowerShell',
    load: async (process, programFor) =>
      (await import('./completion.js')).completionCommand(process, programFor),
  },
};

export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS);
