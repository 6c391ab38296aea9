/** The command line: which commands there are. Options are parsed here; what they do is in src/commands. */

import { Command } from 'commander';
import { addCommonOptions, type Process } from './commands/command-runner.js';
import { migrateCommand } from './commands/migrate.js';
import { revertSmtpCommand } from './commands/revert-smtp.js';
import { signInCommand } from './commands/sign-in.js';
import { signOutCommand } from './commands/sign-out.js';
import { siteCommand } from './commands/site.js';
import { statusCommand } from './commands/status.js';
import { testConnectionCommand } from './commands/test-connection.js';

/** Builds the program. It writes to the streams given and throws CommanderError instead of exiting. */
export function buildProgram(process: Process, version: string): Command {
  const program = addCommonOptions(new Command('writeupp-mail'))
    .description("Moves a practice's email from stored SMTP passwords to Gmail sign-in")
    .version(version, '-V, --version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      '\nStart here:\n  $ writeupp-mail site add\n  $ writeupp-mail migrate\n\nExit codes: 0 done, 1 failed, 2 wrong usage or settings, 3 cancelled, 4 sign-in needed,\n5 temporary, 6 keychain, 130 interrupted',
    );
  for (const command of [
    migrateCommand(process),
    testConnectionCommand(process),
    revertSmtpCommand(process),
    signInCommand(process),
    signOutCommand(process),
    statusCommand(process),
    siteCommand(process),
  ]) {
    program.addCommand(command);
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
