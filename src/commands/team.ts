/** `team add|remove|list`: the people who can open the secrets of a shared store. */

import { Command } from 'commander';
import {
  addCommonOptions,
  addExamples,
  newCommand,
  type Process,
  run,
} from '../command-kit/command-runner.js';
import type { CommonOptions, Context } from '../context/context.js';
import { MailError } from '../errors.js';

/** Shortened: a whole one is 62 letters long. */
const RECIPIENT = 'age1ql3z7hjy54pw3hyww5…';

/** The command with its subcommands. */
export function teamCommand(process: Process): Command {
  const add = newCommand(
    'add',
    [`team add maria ${RECIPIENT}`],
    'The person finds their recipient with: writeupp-mail team list\nAll secrets are sealed anew, for them as well.',
  )
    .argument('<name>', 'what to call the person')
    .argument('<recipient>', 'their recipient, age1…')
    .action(run<CommonOptions>(process, addPerson));
  const remove = newCommand(
    'remove',
    ['team remove maria'],
    'All secrets are sealed anew, for the others. What the person has seen, they may\nstill know.',
  )
    .argument('<name>', 'the person')
    .action(run<CommonOptions>(process, removePerson));
  const list = newCommand('list', ['team list', 'team list --json']).action(
    run<CommonOptions>(process, listTeam),
  );
  const command = addCommonOptions(new Command('team'))
    .helpCommand(false)
    .addCommand(add.description('Let somebody open the secrets of the shared store'))
    .addCommand(remove.description('Let somebody open them no longer'))
    .addCommand(list.description('List who can open them, and your own recipient'));
  return addExamples(command, ['team list', `team add maria ${RECIPIENT}`, 'team remove maria']);
}

async function teamOf(context: Context) {
  return (await context.place(context.environment)).team();
}

async function addPerson(
  context: Context,
  _options: CommonOptions,
  ...[name = '', recipient = '']: string[]
): Promise<void> {
  const person = checkedName(name);
  await (await teamOf(context)).add(person, recipient.trim());
  context.reporter.result({ name: person, recipient: recipient.trim() }, [
    `${context.style.good('✓')} ${person} can open the team’s secrets now.`,
    '  On their computer: WRITEUPP_MAIL_STORE as here, and WRITEUPP_MAIL_CREDENTIALS=team',
  ]);
}

async function removePerson(
  context: Context,
  _options: CommonOptions,
  ...[name = '']: string[]
): Promise<void> {
  const mayHaveSeen = await (await teamOf(context)).remove(name.trim());
  context.reporter.result({ name: name.trim(), mayHaveSeen }, [
    `${context.style.good('✓')} ${name.trim()} can no longer open the team’s secrets: they were sealed anew.`,
    ...(mayHaveSeen.length === 0
      ? []
      : [
          `  They may have seen, and kept, the permissions and passwords of: ${mayHaveSeen.join(', ')}`,
          '  Old copies of the database can still be opened by them. To be safe, for each of these sites:',
          '  run writeupp-mail sign-out and then sign-in, and change an SMTP password at its provider.',
        ]),
  ]);
}

async function listTeam(context: Context): Promise<void> {
  const { recipients, own } = await (await teamOf(context)).list();
  const team = recipients.map((one) => ({ ...one, you: one.recipient === own }));
  const isMember = team.some(({ you }) => you);
  context.reporter.result({ team, recipient: own }, [
    ...(team.length === 0
      ? ['Nobody is in the team yet. Whoever stores the first secret becomes its first member.']
      : team.map(
          ({ name, recipient, addedAt, addedBy, you }) =>
            `${name}${you ? ' (you)' : ''}  ${recipient}  added ${addedAt.slice(0, 10)} by ${addedBy}`,
        )),
    ...(isMember || own === null
      ? []
      : [`Your recipient, for somebody in the team to add you: ${own}`]),
  ]);
}

/** A name as people call each other; nothing that could spoil a list. */
function checkedName(name: string): string {
  const trimmed = name.trim();
  if (/^[\p{L}\p{N}][\p{L}\p{N} .@_'’-]{0,63}$/u.test(trimmed)) return trimmed;
  throw new MailError(
    'invalid-settings',
    'This can’t be the name of a person in the team.',
    'Use letters and digits, at most 64, for example: maria',
  );
}
