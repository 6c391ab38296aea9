/** Steps 4 and 5: the test message accepted by Gmail, and a person's word that it came. */

import { sendTestMessage } from '../connection/test-connection.js';
import { MailError } from '../errors.js';
import { TEST_SUBJECT } from '../message/test-subject.js';
import type { TestMessage } from '../sites/site.js';
import { siteCommand } from '../words/command-line.js';
import { isConfirmed, missingTest } from './proof.js';
import { sameReference } from './reference.js';
import type { DecidingStep, ReceiptQuestions, Situation, World } from './situation.js';
import { act, done, doneQuietly, skip, skipQuietly, stop } from './step.js';

/** Skipped while an accepted message still proves the connection. */
export const testMessageStep: DecidingStep = {
  name: 'test-message',
  decide(situation) {
    const earlier = earlierTest(situation);
    return earlier === null
      ? act(`Would send "${TEST_SUBJECT}" to ${addressee(situation)}.`)
      : skip([`Gmail accepted "${TEST_SUBJECT}" to ${earlier.to} before.`], facts(earlier));
  },
  async act(situation, world) {
    const test = await sendTo(addressee(situation), situation, world);
    const { site } = world.held;
    return {
      outcome: done([`Sent "${TEST_SUBJECT}" to ${test.to}.`], facts(test)),
      situation: { ...situation, site, live: site.gmail },
    };
  },
  predict: (situation) => withTest(situation, foreseen(situation)),
};

/** A person types the reference of the message, which is not shown before: it can't be given by habit or by accident. */
export const confirmReceiptStep: DecidingStep = {
  name: 'confirm-receipt',
  decide(situation) {
    const { site, options, canAsk } = situation;
    const { gmail } = site;
    const test = gmail?.test ?? null;
    if (gmail === null || test === null) throw beforeItsTurn();
    if (isConfirmed(site, gmail)) return skipQuietly('Its reference was given before: it came.');
    if (options.yes)
      return skip(['Not asked whether it came, because of --yes: Gmail accepted it.']);
    if (isGivenBefore(situation, test)) return act('Would take the reference that you gave.');
    if (canAsk) return act('Would ask you for the reference that stands in the message.');
    // Nothing is to be deleted, so nothing has to be proven.
    if (site.smtp === null) return skip(['Nobody can be asked here whether it came.']);
    return stop(receiptNeeded(situation, test));
  },
  async act(situation, world) {
    const test = situation.site.gmail?.test ?? null;
    if (test === null) throw beforeItsTurn();
    const isGiven = isGivenBefore(situation, test);
    const { sendAs } = situation.site;
    if (!isGiven || sendAs !== null) {
      if (world.receipt === null) throw receiptNeeded(situation, test);
      if (!isGiven) await askForReference(test, situation, world, world.receipt);
      if (sendAs !== null) await requireSender(sendAs, world, world.receipt);
    }
    await world.held.recordArrival('confirmed', sendAs !== null);
    const { site } = world.held;
    return {
      outcome: isGiven
        ? done(['The reference is right: the message came.'])
        : doneQuietly('Its reference was given: it came.'),
      situation: { ...situation, site, live: site.gmail },
    };
  },
  predict(situation) {
    const test = situation.site.gmail?.test ?? foreseen(situation);
    return withTest(situation, { ...test, arrival: 'confirmed', senderSeen: true });
  },
};

/** Asks until the reference was typed. @throws MailError `cancelled` where the person says that it did not come, or stops */
async function askForReference(
  sent: TestMessage,
  situation: Situation,
  world: World,
  questions: ReceiptQuestions,
): Promise<void> {
  for (let test = sent; ; ) {
    const typed = await questions.reference(test, world.held.site);
    if (typed !== null && sameReference(typed, test.reference)) return;
    const next = await questions.next(test, typed !== null);
    if (next === 'stop') throw stoppedWaiting();
    if (next === 'not-arrived') {
      await world.held.recordArrival('denied', false);
      throw notArrived(test);
    }
    if (next !== 'again') test = await sendTo(next.to, situation, world);
  }
}

/** @throws MailError `cancelled`: patients would see another sender; that voids the proof like a No */
async function requireSender(
  sendAs: string,
  { held }: World,
  questions: ReceiptQuestions,
): Promise<void> {
  const account = held.site.gmail?.email ?? '';
  const shown = await questions.sender(sendAs, account);
  if (shown === 'send-as') return;
  await held.recordArrival('denied', false);
  throw wrongSender(sendAs, account, shown);
}

async function sendTo(to: string, { live }: Situation, world: World): Promise<TestMessage> {
  const { held, hands, deps } = world;
  if (live === null || hands.accessToken === null) throw beforeItsTurn();
  return sendTestMessage(
    held,
    { connection: live, accessToken: hands.accessToken },
    to,
    true,
    deps,
  );
}

function addressee({ options, site }: Situation): string {
  return options.to ?? site.login;
}

/** The message that makes a new one needless, or null. */
function earlierTest({ site, options, now }: Situation): TestMessage | null {
  const test = site.gmail?.test ?? null;
  if (site.gmail === null || test === null) return null;
  if (options.to !== null && options.to !== test.to) return null;
  const missing = missingTest(site, site.gmail, now);
  // Where nothing is left to delete, an old test message is no reason to send another.
  const isEnough = missing === null || (missing === 'test-message-too-old' && site.smtp === null);
  return isEnough ? test : null;
}

/** Whether `--reference` is that of a message that was sent before this run. */
function isGivenBefore(
  { options, sentBefore, canAsk, site }: Situation,
  test: TestMessage,
): boolean {
  if (options.reference === null || sentBefore?.id !== test.id) return false;
  // Who must also say which sender the message shows has to be asked, or can't be proven.
  if (site.sendAs !== null && !canAsk) return false;
  return sameReference(options.reference, test.reference);
}

function withTest(situation: Situation, test: TestMessage): Situation {
  const { gmail } = situation.site;
  if (gmail === null) return situation;
  const next = { ...gmail, test };
  return { ...situation, site: { ...situation.site, gmail: next }, live: next };
}

function foreseen({ site, options, now }: Situation): TestMessage {
  return {
    to: options.to ?? site.login,
    id: 'foreseen',
    reference: '',
    acceptedAt: now.toISOString(),
    arrival: 'unanswered',
    from: site.sendAs ?? site.gmail?.email ?? site.login,
    senderSeen: false,
  };
}

/** Never the reference: only the message itself shows it, so that giving it proves that the message came. */
function facts({ to, id, acceptedAt }: TestMessage): Record<string, unknown> {
  return { to, id, acceptedAt };
}

function receiptNeeded({ options, sentBefore, site }: Situation, test: TestMessage): MailError {
  const isWrong = options.reference !== null && sentBefore?.id === test.id;
  const run = siteCommand('migrate', site.name, '--reference', 'CODE');
  if (isWrong && site.sendAs === null) {
    return new MailError(
      'not-interactive',
      `The reference given is not that of the test message to ${test.to}.`,
      `Look it up in the message "${TEST_SUBJECT}", and run again:\n  ${run}`,
    );
  }
  return new MailError(
    'not-interactive',
    `The test message to ${test.to} is on its way, and nobody can be asked here whether it came.`,
    site.sendAs === null
      ? `When it is there, run again with the reference that stands in it:\n  ${run}`
      : `Which sender it shows must be looked at by a person: run migrate in a terminal.`,
  );
}

function stoppedWaiting(): MailError {
  return new MailError(
    'cancelled',
    'You stopped before the test message was found.',
    'The message may still come. Run the same command again: it asks for the reference of that message.',
  );
}

function notArrived({ to }: TestMessage): MailError {
  return new MailError(
    'cancelled',
    `You said that the test message to ${to} did not come.`,
    'Look in the junk folder too, and check that the address is right.\n' +
      'Run the same command again: it sends a new test message.\n' +
      'To send it to another address, add: --to ADDRESS',
  );
}

function wrongSender(sendAs: string, account: string, shown: 'account' | 'other'): MailError {
  return new MailError(
    'cancelled',
    shown === 'account'
      ? `The message shows ${account} as its sender, not ${sendAs}: Google does not send as ${sendAs} yet.`
      : `The message does not show ${sendAs} as its sender.`,
    `In Gmail, signed in as ${account}: open Settings, See all settings, Accounts, "Send mail as".\n` +
      `Add ${sendAs} there, and confirm it with the email that Google sends to it.\n` +
      'Then run the same command again: it sends a new test message.',
  );
}

function beforeItsTurn(): TypeError {
  return new TypeError('a step ran before its turn');
}
