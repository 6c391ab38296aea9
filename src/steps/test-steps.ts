/** Steps 4 and 5: the test message accepted by Gmail, and a person's word that it arrived. */

import { sendTestMessage } from '../connection/send-test-message.js';
import { MailError } from '../errors.js';
import { TEST_SUBJECT } from '../mail/message/test-subject.js';
import type { HeldSite } from '../sites/held-site.js';
import { hashReference } from '../sites/reference.js';
import type { Site, TestMessage } from '../sites/site.js';
import type { StepFacts } from '../terminal/events.js';
import type { Ask } from '../terminal/prompts.js';
import { siteCommand } from '../text/command-line.js';
import {
  beforeReference,
  beforeSender,
  isReferenceTyped,
  shownSender,
  whatNext,
} from './ask-receipt.js';
import { isConfirmed, missingTest } from './proof.js';
import type { Acting, DecidingStep, Situation } from './situation.js';
import { act, done, doneQuietly, skip, skipQuietly, stop } from './step.js';

/** Skipped while an accepted message still proves the connection. */
export const testMessageStep: DecidingStep = {
  name: 'test-message',
  /** Where something is to be deleted, only a message that this program sent proves anything. */
  async observe(situation, observer) {
    if (situation.site.smtp === null || situation.site.gmail?.test == null) return situation;
    const site = await observer.genuine(situation.site);
    if (site.gmail?.test != null) return situation;
    return { ...situation, site, live: situation.live && site.gmail, sentBefore: null };
  },
  decide(situation) {
    const earlier = earlierTest(situation);
    return earlier === null
      ? act(`Would send "${TEST_SUBJECT}" to ${addressee(situation)}.`)
      : skip([`Gmail accepted "${TEST_SUBJECT}" to ${earlier.to} before.`], facts(earlier));
  },
  async act(situation, acting) {
    const test = await sendTo(addressee(situation), situation, acting);
    const { site } = acting.held;
    return {
      outcome: done([sentWords(test)], facts(test)),
      situation: { ...situation, site, live: site.gmail },
    };
  },
  predict: (situation) => withTest(situation, foreseen(situation)),
};

/** A person types the message's reference, which is not shown before: it can't be given by habit or by accident. */
export const confirmReceiptStep: DecidingStep = {
  name: 'confirm-receipt',
  decide(situation) {
    const { site, options, canAsk } = situation;
    const { gmail } = site;
    const test = gmail?.test ?? null;
    if (gmail === null || test === null) throw beforeItsTurn();
    if (isConfirmed(site, gmail)) return skipQuietly('Its reference was given before: it came.');
    if (options.yes)
      return skip(['Not asked whether it came: that Gmail accepted it is enough here.']);
    if (isGivenBefore(situation, test)) return act('Would take the reference that you gave.');
    if (canAsk) return act('Would ask you for the reference that stands in the message.');
    // Nothing is to be deleted, so nothing needs proof.
    if (site.smtp === null) return skip(['Nobody can be asked here whether it came.']);
    return stop(receiptNeeded(situation, test));
  },
  async act(situation, acting) {
    const { held, world } = acting;
    const test = situation.site.gmail?.test ?? null;
    if (test === null) throw beforeItsTurn();
    const isGiven = isGivenBefore(situation, test);
    const { sendAs, smtp } = situation.site;
    if (!isGiven || sendAs !== null) {
      const { ask } = world;
      if (ask === null) throw receiptNeeded(situation, test);
      if (!isGiven) await askForReference(test, situation, acting, ask);
      else if (smtp !== null) world.report.note(beforeSender(sendAs ?? ''));
      if (sendAs !== null) await requireSender(sendAs, held, ask);
    }
    await held.recordArrival('confirmed', sendAs !== null);
    const { site } = held;
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

/** Asks until the reference is typed. @throws MailError `cancelled` if the person says it did not come, or stops */
async function askForReference(
  sent: TestMessage,
  situation: Situation,
  acting: Acting,
  ask: Ask,
): Promise<void> {
  const { report } = acting.world;
  report.note(beforeReference(situation.site.smtp !== null));
  for (let test = sent; ; ) {
    const { referenceHash } = test;
    if (await isReferenceTyped(ask, (typed) => referenceHash === hashOf(typed, acting.held.site)))
      return;
    const next = await whatNext(ask, test.to);
    if (next === 'stop') throw stoppedWaiting();
    if (next === 'not-arrived') {
      await acting.held.recordArrival('denied', false);
      throw notArrived(test);
    }
    if (next === 'again') continue;
    test = await sendTo(next.to, situation, acting);
    report.note(sentWords(test));
  }
}

/** @throws MailError `cancelled`: patients would see another sender; that voids the proof like a No */
async function requireSender(sendAs: string, held: HeldSite, ask: Ask): Promise<void> {
  const account = held.site.gmail?.email ?? '';
  const shown = await shownSender(ask, sendAs, account);
  if (shown === 'send-as') return;
  await held.recordArrival('denied', false);
  throw wrongSender(sendAs, account, shown);
}

async function sendTo(to: string, { live }: Situation, acting: Acting): Promise<TestMessage> {
  const { held, hands, world } = acting;
  if (live === null || hands.accessToken === null) throw beforeItsTurn();
  return sendTestMessage(
    held,
    { connection: live, accessToken: hands.accessToken },
    to,
    world,
    true,
  );
}

function addressee({ options, site }: Situation): string {
  return options.to ?? site.login;
}

/** The message that makes a new one unnecessary, or null. */
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
  // The person must also say which sender the message shows: without asking, that can't be proven.
  if (site.sendAs !== null && !canAsk) return false;
  return hashOf(options.reference, site) === test.referenceHash;
}

function withTest(situation: Situation, test: TestMessage): Situation {
  const { gmail } = situation.site;
  if (gmail === null) return situation;
  const next = { ...gmail, test };
  return { ...situation, site: { ...situation.site, gmail: next }, live: next };
}

function foreseen(situation: Situation): TestMessage {
  const { site, now } = situation;
  return {
    to: addressee(situation),
    id: 'foreseen',
    referenceHash: '',
    acceptedAt: now.toISOString(),
    arrival: 'unanswered',
    from: site.sendAs ?? site.gmail?.email ?? site.login,
    senderSeen: false,
  };
}

function sentWords({ to }: TestMessage): string {
  return `Sent "${TEST_SUBJECT}" to ${to}.`;
}

/** Never the reference: only the message itself shows it, so that giving it proves that the message came. */
function facts({ to, id, acceptedAt }: TestMessage): StepFacts {
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

function hashOf(reference: string, { gmail }: Site): string {
  return hashReference(gmail?.id ?? '', reference);
}
