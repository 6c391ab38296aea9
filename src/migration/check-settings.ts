/** Step 1: the settings are fit for the switch, and the person knows what it means. Nothing is changed. */

import { deliveryQuestion } from '../delivery/question.js';
import { deliveryFacts, deliveryLines } from '../delivery/report.js';
import { MailError } from '../errors.js';
import { senderChange, senderLines } from '../sites/sender.js';
import { pathway, type Site, smtpSender } from '../sites/site.js';
import {
  GOOGLE_ENDED_SMTP,
  isGoogleSmtp,
  isMicrosoftSmtp,
  MICROSOFT_ENDS_SMTP,
} from '../sites/smtp-words.js';
import type { DecidingStep, Situation } from './situation.js';
import { act, done, type StepOutcome, stop } from './step.js';

/** The four consequences that WriteUpp names of sending by Gmail. */
export const CONSEQUENCES: readonly string[] = [
  'Delivery of all email sent from WriteUpp is your responsibility.',
  'WriteUpp can’t help with email that fails: your servers send it, not theirs.',
  'Delivery information is no longer shown on the client summary.',
  'If your Google credentials change, for example the password, sign in with Google again.',
];

export const checkSettingsStep: DecidingStep = {
  name: 'check-settings',
  async observe(situation, observer) {
    // What nobody can answer is told before anything is looked at.
    if (mustAskNobody(situation)) return situation;
    await observer.checkCredentials();
    const question = deliveryQuestion(situation.site, situation.account);
    if (question === null || observer.assessDelivery === null) return situation;
    return { ...situation, delivery: await observer.assessDelivery(question) };
  },
  decide: (situation) =>
    mustAskNobody(situation) ? stop(notInteractive()) : act('Would check the settings.'),
  async act(situation) {
    return { outcome: describeSettings(situation), situation };
  },
  predict: (situation) => situation,
};

/** What the step tells; a dry run tells the same. */
export function describeSettings({ site, account, delivery }: Situation): StepOutcome {
  const lines = [
    ...describePathway(site),
    ...senderLines(senderChange(site, account)),
    ...(delivery === null ? [] : deliveryLines(delivery)),
    'When email goes by Gmail:',
    ...CONSEQUENCES.map((line) => `  • ${line}`),
  ];
  return done(lines, {
    pathway: pathway(site),
    expectedAccount: account,
    sender: senderChange(site, account),
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
    const sender = smtpSender(site.smtp);
    return [
      `${site.organisation} sends by SMTP: ${site.smtp.host}${sender === null ? '' : `, as ${sender}`}.`,
      ...(isGoogleSmtp(site.smtp) ? GOOGLE_ENDED_SMTP : []),
      ...(isMicrosoftSmtp(site.smtp) ? MICROSOFT_ENDS_SMTP : []),
    ];
  }
  return site.gmail === null
    ? [`${site.organisation} has no SMTP settings. Its email goes by the WriteUpp mail server.`]
    : [
        `${site.organisation} has no SMTP settings. Its email goes by Gmail, as ${site.gmail.email}.`,
      ];
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
