/** Step 1: the settings are fit for the switch, and the person knows what it means. Nothing is changed. */

import { deliveryFacts, deliveryLines } from '../delivery/delivery-report.js';
import { deliveryQuestion } from '../delivery/subject.js';
import { MailError } from '../errors.js';
import { keepSenderLines, senderChange, senderChanges, senderLines } from '../sites/sender.js';
import { pathway, type Site } from '../sites/site.js';
import { passwordsEnd } from '../sites/smtp-words.js';
import type { StepOutcome } from '../terminal/reporter.js';
import { pressEnterForSender } from './ask-receipt.js';
import type { DecidingStep, Situation } from './situation.js';
import { act, done, stop } from './step.js';

/** The four consequences of sending by Gmail that WriteUpp names. */
export const CONSEQUENCES: readonly string[] = [
  'Delivery of all email is your responsibility.',
  'WriteUpp can’t help with email that fails.',
  'The client summary no longer shows delivery information.',
  'If your Google credentials (password) change, sign in again.',
];

export const checkSettingsStep: DecidingStep = {
  name: 'check-settings',
  async observe(situation, observer) {
    // If a question will have nobody to answer it, say so before checking anything.
    if (mustAskNobody(situation)) return situation;
    await observer.checkCredentials();
    const question = deliveryQuestion(situation.site, situation.account);
    const assess = question === null ? null : await observer.dns();
    if (question === null || assess === null) return situation;
    return { ...situation, delivery: await assess(question) };
  },
  decide: (situation) =>
    mustAskNobody(situation) ? stop(notInteractive()) : act('Would check the settings.'),
  async act(situation) {
    const isQuiet = situation.options.isAgain === true;
    return { outcome: { ...describeSettings(situation), isQuiet }, situation };
  },
  async settle({ site, account, options }, { world: { ask } }) {
    if (options.isAgain === true) return;
    const change = senderChange(site, account);
    if (senderChanges(change) && ask !== null && !options.yes) {
      await pressEnterForSender(ask, change.after);
    }
  },
  predict: (situation) => situation,
};

/** What the step reports; a dry run reports the same. */
export function describeSettings({ site, account, delivery }: Situation): StepOutcome {
  const change = senderChange(site, account);
  const lines = [
    ...describePathway(site),
    ...senderLines(change).map((line) => (senderChanges(change) ? `! ${line}` : line)),
    ...keepSenderLines(change, site, account).map((line) => `  ${line}`),
    ...(delivery === null ? [] : deliveryLines(delivery)),
    '',
    'When email goes by Gmail:',
    ...CONSEQUENCES.map((line) => `• ${line}`),
    '',
  ];
  return done(lines, {
    pathway: pathway(site),
    expectedAccount: account,
    sender: change,
    ...(delivery === null ? {} : { delivery: deliveryFacts(delivery) }),
    consequences: CONSEQUENCES,
  });
}

/** There is something to delete, nobody can be asked, and nothing stands in for the person's word. */
function mustAskNobody({ site, canAsk, options }: Situation): boolean {
  return site.smtp !== null && !canAsk && !options.yes && options.reference === null;
}

function describePathway(site: Site): string[] {
  if (site.smtp !== null) {
    return [
      `Checked: ${site.organisation} sends by SMTP (${site.smtp.host}).`,
      ...(passwordsEnd(site.smtp)?.lines ?? []),
    ];
  }
  return site.gmail === null
    ? [
        `Checked: ${site.organisation} has no SMTP settings. Its email goes by the WriteUpp mail server.`,
      ]
    : [`Checked: ${site.organisation} has no SMTP settings. Its email goes by Gmail.`];
}

function notInteractive(): MailError {
  return new MailError(
    'not-interactive',
    'There are SMTP settings to delete, and nobody can be asked here whether the test message arrived.',
    'Run it in a terminal to be asked.\n' +
      'Or give the reference that stands in the test message: --reference CODE\n' +
      'Or add --yes: then it is enough that Gmail accepts the test message.',
  );
}
