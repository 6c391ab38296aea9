/** `store login|status|logout`: this computer’s token for a backend of WriteUpp’s own settings. */

import type { Command } from 'commander';
import { EndedWith, MailError } from '../errors.js';
import type { Backend } from '../kit/backend.js';
import { newCommand, newGroup, type Process, run } from '../kit/command-runner.js';
import { withBackend } from '../kit/place.js';
import type { CommonOptions, World } from '../kit/world.js';
import type { StoreFacts } from '../stores/http/wire.js';
import { cleanText } from '../text/clean-text.js';
import { decodeText } from '../text/decode-text.js';

export function storeCommand(process: Process): Command {
  const login = newCommand(
    'login',
    ['store login', 'store login < token.txt'],
    'WRITEUPP_MAIL_STORE=https://… names the service. The token is asked for, or read from\nstandard input; it is never an argument.',
  ).action(run<CommonOptions>(process, about(signIn)));
  const status = newCommand('status', ['store status', 'store status --json']).action(
    run<CommonOptions>(process, about(tell)),
  );
  const logout = newCommand('logout', ['store logout']).action(
    run<CommonOptions>(process, about(signOut)),
  );
  return newGroup('store', ['store login', 'store status', 'store logout'])
    .addCommand(
      login.description('Hand over the token, and look at what the service says of itself'),
    )
    .addCommand(status.description('Say which service it is, and whether the token works'))
    .addCommand(logout.description('Forget the token on this computer'));
}

function about(work: (world: World, backend: Backend) => Promise<void>) {
  return (world: World) => withBackend(world, (backend) => work(world, backend));
}

async function signIn(world: World, backend: Backend): Promise<void> {
  const token = await readToken(world);
  const { facts, etag } = await backend.client(token).facts();
  const { changesOf } = await import('../kit/backend.js');
  const changes = backend.facts === null ? [] : changesOf(backend.facts, facts);
  const secrets = await backend.signIn(token, facts, etag);
  world.report.result({ ...shownFacts(backend, facts), changed: changes.length > 0 }, [
    `${world.style.good('✓')} Signed in to ${backend.address.description}.`,
    ...factLines(facts),
    `  The token is kept in ${secrets.description}.`,
    ...changes.map(
      (change) => `  ${world.style.warning('!')} Changed since the last sign-in: ${change}.`,
    ),
    ...(backend.tokenFrom === 'environment'
      ? ['  WRITEUPP_MAIL_STORE_TOKEN is set, and wins over the token that is kept.']
      : []),
  ]);
}

async function tell(world: World, backend: Backend): Promise<void> {
  const { description } = backend.address;
  try {
    const { facts } = await backend.client(await backend.token()).facts();
    const { changesOf } = await import('../kit/backend.js');
    const changes = backend.facts === null ? [] : changesOf(backend.facts, facts);
    world.report.result(
      { ...shownFacts(backend, facts), token: backend.tokenFrom, changed: changes.length > 0 },
      [
        `${world.style.good('✓')} ${description} accepts the token ${tokenWords(backend)}.`,
        ...factLines(facts),
        ...changes.map(
          (change) => `  ${world.style.warning('!')} Changed since the sign-in: ${change}.`,
        ),
      ],
    );
    if (changes.length > 0) throw new EndedWith(4);
  } catch (error) {
    if (error instanceof MailError && backend.facts !== null) {
      throw error.with({
        hint: `${error.hint}\nWhen this computer signed in, its id was ${backend.facts.id}.`,
      });
    }
    throw error;
  }
}

async function signOut(world: World, backend: Backend): Promise<void> {
  const { description } = backend.address;
  const isGone = await backend.signOut();
  world.report.result({ url: backend.address.base, forgotten: isGone }, [
    isGone
      ? `${world.style.good('✓')} The token for ${description} was forgotten on this computer.`
      : `No token for ${description} is kept on this computer.`,
    ...(isGone ? ['  It still works elsewhere: WriteUpp ends it.'] : []),
    ...(backend.tokenFrom === 'environment' ? ['  WRITEUPP_MAIL_STORE_TOKEN is still set.'] : []),
  ]);
}

function tokenWords({ tokenFrom }: Backend): string {
  return tokenFrom === 'environment' ? 'of WRITEUPP_MAIL_STORE_TOKEN' : 'that is kept here';
}

function shownFacts({ address }: Backend, facts: StoreFacts) {
  const { id, sendsItself, recipient, clientIds } = facts;
  return { store: id, url: address.base, sendsItself, recipient, clientIds };
}

function factLines({ id, sendsItself, recipient, clientIds }: StoreFacts): string[] {
  return [
    `  Its id:         ${id}`,
    `  Email is sent:  ${sendsItself ? 'by WriteUpp itself, with the permission that is handed over to it' : 'by this program (WriteUpp does not send by itself)'}`,
    ...(recipient === null ? [] : [`  Encrypted for:  ${recipient}`]),
    `  Google clients: ${clientIds.length === 0 ? 'any' : clientIds.map((one) => cleanText(one)).join(', ')}`,
  ];
}

/** @throws MailError `invalid-settings`, `not-interactive` */
async function readToken(world: World): Promise<string> {
  const { checkedToken, isToken } = await import('../kit/backend.js');
  const { stdin } = world.streams;
  if (stdin.isTTY) {
    if (world.ask === null) throw nobodyToAsk();
    const typed = await world.ask.secret('Token for WriteUpp’s settings:', (answer) => {
      if (answer.trim() === '') return 'The token is empty.';
      return isToken(answer) ? null : 'This can’t be a token. Copy it whole, and nothing else.';
    });
    return checkedToken(typed, 'What was typed');
  }
  const { readShort } = await import('../kit/read-secret-line.js');
  const bytes = await readShort(stdin);
  return checkedToken((bytes && decodeText(bytes)?.text) ?? '', 'Standard input');
}

function nobodyToAsk(): MailError {
  return new MailError(
    'not-interactive',
    'A token is needed, and there is no terminal to ask on.',
    'Give it on standard input: writeupp-mail store login --json < token.txt',
  );
}
