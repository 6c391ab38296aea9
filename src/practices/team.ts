/** `team add|remove|list`: the people who can open the secrets of a shared store. */

import type { Command } from 'commander';
import type { OnSealed } from '../credentials/team-store.js';
import { MailError } from '../errors.js';
import { newCommand, newGroup, type Process, run } from '../kit/command-runner.js';
import type { CommonOptions, World } from '../kit/world.js';

interface ListOptions extends CommonOptions {
  readonly accept?: boolean;
}

/** Shortened: a whole one is 62 letters long. */
const RECIPIENT = 'age1ql3z7hjy54pw3hyww5…';

export function teamCommand(process: Process): Command {
  const add = newCommand(
    'add',
    [`team add maria ${RECIPIENT}`],
    'The person finds their recipient with: writeupp-mail team list\nAll secrets are re-encrypted, for them as well.',
  )
    .argument('<name>', 'what to call the person')
    .argument('<recipient>', 'their recipient, age1…')
    .action(run<CommonOptions>(process, addPerson));
  const remove = newCommand(
    'remove',
    ['team remove maria'],
    'All secrets are re-encrypted, for the others. What the person has seen, they may\nstill know.',
  )
    .argument('<name>', 'the person')
    .action(run<CommonOptions>(process, removePerson));
  const list = newCommand('list', ['team list', 'team list --accept', 'team list --json'])
    .option('--accept', 'seal for all who are in it now: somebody here knows the newcomers')
    .action(run<ListOptions>(process, listTeam));
  const reset = newCommand(
    'reset',
    ['team reset'],
    'For when nobody in the team can open its secrets any more, because their\nkeychains are lost. The secrets, which nobody can open, are deleted; the sites,\ntheir settings and their history stay. If one person can still open them, let\nthem add you.',
  ).action(run<CommonOptions>(process, resetTeam));
  return newGroup('team', ['team list', `team add maria ${RECIPIENT}`, 'team remove maria'])
    .addCommand(add.description('Let somebody open the secrets of the shared store'))
    .addCommand(remove.description('Stop somebody from opening them'))
    .addCommand(list.description('List who can open them, and your own recipient'))
    .addCommand(reset.description('Start a new team where nobody can open them any more'));
}

async function teamOf(world: World) {
  return (await world.place(world.environment)).team();
}

async function addPerson(
  world: World,
  _options: CommonOptions,
  ...[name = '', recipient = '']: string[]
): Promise<void> {
  const person = checkedName(name);
  const team = await teamOf(world);
  await sealing(world, (onSealed) => team.add(person, recipient.trim(), onSealed));
  world.report.result({ name: person, recipient: recipient.trim() }, [
    `${world.style.good('✓')} ${person} can open the team’s secrets now.`,
    '  On their computer: WRITEUPP_MAIL_STORE as here, and WRITEUPP_MAIL_CREDENTIALS=team',
  ]);
}

async function removePerson(
  world: World,
  _options: CommonOptions,
  ...[name = '']: string[]
): Promise<void> {
  const person = name.trim();
  const team = await teamOf(world);
  const { recipients, own } = await team.list();
  const isYou =
    own !== null && recipients.some((one) => one.name === person && one.recipient === own);
  if (isYou && recipients.length > 1) await warnOfOwnRemoval(world);
  const removal = await sealing(world, (onSealed) => team.remove(person, onSealed));
  const { isRemoved, sites, serviceAccounts } = removal;
  if (!isRemoved) {
    world.report.note(`Nobody named "${person}" is in the team, so nobody was removed just now.`);
  }
  const done = isRemoved
    ? `${person} can no longer open the team’s secrets: they were re-encrypted.`
    : 'The interrupted change of the team was finished: its secrets were re-encrypted.';
  const who = !isRemoved ? 'Anyone removed by it' : isYou ? 'You' : 'They';
  world.report.result({ name: person, mayHaveSeen: sites, serviceAccounts }, [
    `${world.style.good('✓')} ${done}`,
    `  ${who} may still know the password of the database, and with it could change every record: have it changed.`,
    ...(sites.length === 0
      ? []
      : [
          `  They may have seen, and kept, the permissions and passwords of: ${sites.join(', ')}`,
          '  Old copies of the database can still be opened by them. To be safe, for each of these sites:',
          '  run writeupp-mail sign-out and then sign-in, and change an SMTP password at its provider.',
        ]),
    ...(serviceAccounts.length === 0
      ? []
      : [
          `  They may have seen, and kept, the keys of these service accounts: ${serviceAccounts.join(', ')}`,
          '  For each of them, make a new key in the Google Cloud console, sign in with it, and delete the old one there.',
        ]),
  ]);
}

async function listTeam(world: World, { accept = false }: ListOptions): Promise<void> {
  const people = await teamOf(world);
  const found = await (accept ? people.accept() : people.newcomers().catch(storageFault));
  const { recipients, own, left } = await people.list();
  const fault = found instanceof MailError ? found : null;
  const newcomers = found instanceof MailError ? [] : found;
  const isNew = (recipient: string) =>
    !accept && newcomers.some((one) => one.recipient === recipient);
  const team = recipients.map((one) => ({
    ...one,
    you: one.recipient === own,
    accepted: fault === null && !isNew(one.recipient),
  }));
  const isMember = team.some(({ you }) => you);
  const { good, warning } = world.style;
  world.report.result({ team, recipient: own, ...(accept ? { newcomers } : {}) }, [
    ...(team.length === 0
      ? ['Nobody is in the team yet. The first person to store a secret becomes the first member.']
      : team.map(
          ({ name, recipient, addedAt, addedBy, you }) =>
            `${name}${you ? ' (you)' : ''}  ${recipient}  added ${addedAt.slice(0, 10)} by ${addedBy}${isNew(recipient) ? '  NEW' : ''}`,
        )),
    ...(!accept
      ? []
      : newcomers.length === 0
        ? ['Nobody is new in it.']
        : newcomers.map(
            ({ name }) =>
              `${good('✓')} Accepted here: ${name}. What is saved is sealed for them too.`,
          )),
    ...(accept || newcomers.length === 0
      ? []
      : [
          `${warning('!')} Nothing is saved from this computer until somebody here knows who is new.`,
          '  Ask the others whether they added them. If they did: writeupp-mail team list --accept',
        ]),
    ...(fault === null
      ? []
      : [
          `${warning('!')} Nothing is saved from this computer: ${fault.message}`,
          ...fault.hint.split('\n').map((line) => `  ${line}`),
        ]),
    ...(left === 0
      ? []
      : [
          `${left === 1 ? '1 secret is' : `${left} secrets are`} not yet encrypted for this team: the last change was interrupted.`,
          'Ask someone who could open them to run that command again.',
        ]),
    ...(isMember || own === null
      ? []
      : [`Your recipient, for somebody in the team to add you: ${own}`]),
  ]);
}

/**
 * The file of accepted members may be damaged. The hint of that error is to run the list, so the list must not fail.
 */
function storageFault(error: unknown): MailError {
  if (error instanceof MailError && error.code === 'storage') return error;
  throw error;
}

/** This can't be undone from this computer. @throws MailError `cancelled` */
async function warnOfOwnRemoval({ report, ask, options }: World): Promise<void> {
  report.note(
    'This is you: afterwards, nothing can be sent or changed with the team’s secrets from this computer, and only another member can add you again.',
  );
  if (options.yes === true || ask === null) return;
  if (await ask.confirm('Remove yourself from the team?')) return;
  throw new MailError('cancelled', 'You said No.', 'Nothing was changed.');
}

async function resetTeam(world: World): Promise<void> {
  const team = await teamOf(world);
  const { recipients, own } = await team.list();
  if (recipients.some(({ recipient }) => recipient === own)) {
    throw (await import('../credentials/team-store.js')).canOpen();
  }
  const names = recipients.map(({ name }) => name).join(', ');
  await agreeToReset(world, names);
  const { sites: lost, serviceAccounts } = await team.reset();
  world.report.result({ lost, serviceAccounts }, [
    `${world.style.good('✓')} You are the team now. What nobody could open was deleted; sites and history are as they were.`,
    ...(lost.length === 0
      ? []
      : [
          `  Without password and permission now: ${lost.join(', ')}`,
          '  For each of them: writeupp-mail sign-in, and where it still sends by SMTP: site set NAME --smtp-password-stdin',
          '  The old permissions may still work for anyone who has them: end them at https://myaccount.google.com/connections',
        ]),
    ...(serviceAccounts.length === 0
      ? []
      : [
          `  The keys of these service accounts are no longer stored: ${serviceAccounts.join(', ')}`,
          '  For each of them: sign in again with its key file, or with a new one, at the sites that use it.',
        ]),
  ]);
}

/** @throws MailError `cancelled`, `not-interactive` */
async function agreeToReset({ report, ask, options }: World, names: string): Promise<void> {
  report.note(
    `In the team now: ${names === '' ? 'nobody' : names}. If one of them can still open its secrets, stop here and let them add you: writeupp-mail team add NAME RECIPIENT`,
  );
  if (options.yes === true) return;
  if (ask === null) {
    throw new MailError(
      'not-interactive',
      'This deletes the secrets of the team for good, and nobody can be asked here.',
      'Nothing was changed. Add --yes if nobody can open them any more.',
    );
  }
  if (await ask.typed('To delete them, type RESET:', 'RESET')) return;
  throw new MailError('cancelled', 'You said No.', 'Nothing was changed.');
}

/** Shows the progress of sealing, which takes a minute for thousands of secrets. */
async function sealing<T>(world: World, work: (onSealed: OnSealed) => Promise<T>): Promise<T> {
  let words = 'Sealing the team’s secrets …';
  const end = world.report.waiting(() => words);
  try {
    return await work((done, total) => {
      words = `Sealing the team’s secrets: ${done} of ${total} …`;
    });
  } finally {
    end();
  }
}

/** A person's name, without characters that could spoil the layout of a list. */
function checkedName(name: string): string {
  const trimmed = name.trim();
  if (/^[\p{L}\p{N}][\p{L}\p{N} .@_'’-]{0,63}$/u.test(trimmed)) return trimmed;
  throw new MailError(
    'invalid-settings',
    'This can’t be the name of a person in the team.',
    'Use letters and digits, at most 64, for example: maria',
  );
}
