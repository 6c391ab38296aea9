/** The command line: which commands there are. Options are parsed here; what they do is in src/commands. */

import { Command } from 'commander';
import { commonOptions, type Process, run, showYes } from '../command-kit/command-runner.js';
import { TEST_SUBJECT } from '../message/test-subject.js';

/** What commands are for, in the order of the help. */
const GROUPS = {
  switch: 'The switch:',
  look: 'Looking:',
  sites: 'Sites:',
  programs: 'For programs:',
  computer: 'This computer:',
} as const;

/** A command as it is listed. */
interface Entry {
  readonly group: keyof typeof GROUPS;
  readonly description: string;
  /** Whether it asks something that `--yes` answers: its help shows `--yes` then. */
  readonly asks?: true;
  /** Loaded only when it is needed: most of the start-up time is the loading of what a command works with. */
  load(process: Process): Promise<Command>;
}

const COMMANDS: Readonly<Record<string, Entry>> = {
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
    description: 'The sites on record: add, list, show, set, remove',
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
    load: async (process) =>
      (await import('./completion.js')).completionCommand(process, (words) =>
        buildProgram(process, '', words),
      ),
  },
};

/** The names of all commands. */
export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS);

/** Columns of the help: what fits into every terminal, and reads well in a wide one. */
const HELP_COLUMNS = 80;

const ENDING = `
Start here:
  $ writeupp-mail migrate
  $ writeupp-mail migrate --help

Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 3 cancelled,
4 sign-in needed, 5 temporary, 6 keychain, 130 interrupted`;

/**
 * Builds the program. It writes to the streams given and throws CommanderError instead of exiting.
 *
 * @param argv the arguments: a command that is not among these words is listed, and not loaded. Without
 *   arguments, all are loaded.
 */
export async function buildProgram(
  process: Process,
  version: string,
  argv: readonly string[] = COMMAND_NAMES,
): Promise<Command> {
  const program = new Command('writeupp-mail')
    .description('Moves a practice’s email from stored SMTP passwords to Gmail sign-in')
    .usage('[command] [options]')
    // Whether a command is loaded must not show.
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .optionsGroup('Options of every command:')
    .version(version, '-V, --version', 'show the version; with --verbose, Node.js and paths too')
    .helpOption('-h, --help', 'show help, of a command too')
    .helpCommand(false)
    .addHelpText('after', ENDING);
  for (const option of commonOptions()) program.addOption(option);
  for (const [name, { group, description, asks, load }] of Object.entries(COMMANDS)) {
    // To be listed, a name is enough.
    const command = argv.includes(name) ? await load(process) : new Command(name);
    if (asks === true) showYes(command);
    program.addCommand(command.description(description).helpGroup(GROUPS[group]));
  }
  program.action(
    run(process, async (context, options) => {
      const { tellWhere } = await import('../commands/where.js');
      await tellWhere(context, options);
    }),
  );
  applyToAll(program, (command) => {
    command.exitOverride();
    command.configureOutput({
      writeOut: (text) => process.streams.stdout.write(text),
      // Errors are told once, by the report of the run.
      writeErr: () => undefined,
      getOutHasColors: () => false,
      getOutHelpWidth: () => Math.min(process.streams.stdout.columns ?? HELP_COLUMNS, HELP_COLUMNS),
    });
    if (command.parent === null) return;
    command.helpOption('-h, --help', 'show this help');
  });
  return program;
}

function applyToAll(command: Command, change: (command: Command) => void): void {
  change(command);
  for (const child of command.commands) applyToAll(child, change);
}
