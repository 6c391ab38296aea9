/** The command line: which commands there are. Options are parsed here; what they do is in src/commands. */

import { Command } from 'commander';
import { addCommonOptions, type Process } from '../command-kit/command-runner.js';
import { TEST_SUBJECT } from '../message/test-subject.js';

/** A command as it is listed. */
interface Entry {
  readonly description: string;
  /** Loaded only when it is needed: most of the start-up time is the loading of what a command works with. */
  load(process: Process): Promise<Command>;
}

const COMMANDS: Readonly<Record<string, Entry>> = {
  migrate: {
    description:
      'Move a site from SMTP to Gmail: check, sign in, test, and remove the SMTP settings',
    load: async (process) => (await import('../commands/migrate.js')).migrateCommand(process),
  },
  'test-connection': {
    description: `Send "${TEST_SUBJECT}" through Gmail to the WriteUpp login`,
    load: async (process) =>
      (await import('../commands/test-connection.js')).testConnectionCommand(process),
  },
  'revert-smtp': {
    description:
      'Revert to WriteUpp Mail Server: remove the SMTP settings and their password, for good',
    load: async (process) =>
      (await import('../commands/revert-smtp.js')).revertSmtpCommand(process),
  },
  'sign-in': {
    description: 'Sign in with Google: connect the account that sends email',
    load: async (process) => (await import('../commands/sign-in.js')).signInCommand(process),
  },
  'sign-out': {
    description: 'Forget the Gmail connection, and end the permission at Google',
    load: async (process) => (await import('../commands/sign-out.js')).signOutCommand(process),
  },
  status: {
    description: 'Show how email goes out: Integrations & Add-Ons',
    load: async (process) => (await import('../commands/status.js')).statusCommand(process),
  },
  send: {
    description: 'Send one message (RFC 5322) from standard input by the site’s pathway',
    load: async (process) => (await import('../commands/send/send.js')).sendCommand(process),
  },
  site: {
    description: 'The sites on record: add, list, show, set, remove',
    load: async (process) => (await import('../commands/site/site.js')).siteCommand(process),
  },
};

/**
 * Builds the program. It writes to the streams given and throws CommanderError instead of exiting.
 *
 * @param argv the arguments: a command that is not among these words is listed, and not loaded. Without
 *   arguments, all are loaded.
 */
export async function buildProgram(
  process: Process,
  version: string,
  argv: readonly string[] = Object.keys(COMMANDS),
): Promise<Command> {
  const program = addCommonOptions(new Command('writeupp-mail'))
    .description('Moves a practice’s email from stored SMTP passwords to Gmail sign-in')
    .version(version, '-V, --version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      '\nStart here:\n  $ writeupp-mail site add\n  $ writeupp-mail migrate\n\nExit codes: 0 done, 1 failed, 2 wrong usage or settings, 3 cancelled, 4 sign-in needed,\n5 temporary, 6 keychain, 130 interrupted',
    );
  for (const [name, { description, load }] of Object.entries(COMMANDS)) {
    // To be listed, a name is enough.
    const command = argv.includes(name) ? await load(process) : new Command(name);
    program.addCommand(command.description(description));
  }
  applyToAll(program, (command) => {
    command.exitOverride();
    command.configureOutput({
      writeOut: (text) => process.streams.stdout.write(text),
      // Errors are told once, by the report of the run.
      writeErr: () => undefined,
      getOutHasColors: () => false,
    });
  });
  return program;
}

function applyToAll(command: Command, change: (command: Command) => void): void {
  change(command);
  for (const child of command.commands) applyToAll(child, change);
}
