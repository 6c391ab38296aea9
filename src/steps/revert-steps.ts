/** Steps 6 and 7: the SMTP settings are removed, with proof and not before, and the result is read from storage. */

import { MailError } from '../errors.js';
import { pathway, type SmtpSettings } from '../sites/site.js';
import { isGoogleSmtp } from '../sites/smtp-words.js';
import { type Evidence, judgeProof, type MissingProof, missingProof } from './proof.js';
import type { DecidingStep, Situation } from './situation.js';
import { act, done, doneQuietly, skip, stop } from './step.js';

/** Nothing is deleted without the proof, no matter what the earlier steps did. */
export const revertSmtpStep: DecidingStep = {
  name: 'revert-smtp',
  decide(situation) {
    const { smtp } = situation.site;
    if (smtp === null) return skip(['There are no SMTP settings to remove.']);
    const missing = missingProof(situation.site, evidence(situation));
    if (missing !== null) return stop(notProven(missing));
    return act(`Would remove the SMTP settings (${smtp.host}) and their password, for good.`);
  },
  async act(situation, { held, world }) {
    // The rule judges what is stored, not what this run remembers.
    const site = await held.genuine(await held.reread());
    const authority = judgeProof(site, held.claimId, evidence({ ...situation, now: world.now() }));
    if (typeof authority === 'string') throw notProven(authority);
    await held.revertSmtp(authority, world.now());
    const { smtp } = site;
    const host = smtp?.host ?? '';
    return {
      outcome: done(
        [
          'Removed the SMTP settings (Revert to WriteUpp Mail Server).',
          ...(hadAppPassword(smtp) ? [APP_PASSWORD] : []),
        ],
        { host },
      ),
      situation: { ...situation, site: held.site },
    };
  },
  predict: (situation) => ({ ...situation, site: { ...situation.site, smtp: null } }),
};

/** The record is read again, to report what storage says. */
export const confirmPathwayStep: DecidingStep = {
  name: 'confirm-pathway',
  decide: () => act('Would read the record again, to confirm that email goes out through Gmail.'),
  async act(situation, { held, world }) {
    const site = await held.reread();
    const { can } = await world.sites();
    const where = can.markDone ? 'On record here' : 'In WriteUpp’s own settings';
    const way = pathway(site);
    if (way !== 'gmail') throw otherPathway(way);
    return {
      outcome: doneQuietly(`${where}: email goes by Gmail, as ${site.gmail?.email}.`, {
        pathway: way,
      }),
      situation: { ...situation, site },
    };
  },
  predict: (situation) => situation,
};

/** It still lets anyone who has it send as the practice. */
const APP_PASSWORD =
  'If nothing else uses the app password (a scanner or a phone may), delete it at Google: https://myaccount.google.com/apppasswords';

/** A relay that asks for no login had none. */
function hadAppPassword(smtp: SmtpSettings | null): boolean {
  return smtp !== null && isGoogleSmtp(smtp) && smtp.user !== null;
}

function evidence({ live, account, issuer, options, now }: Situation): Evidence {
  return {
    refreshed: live,
    expectedAccount: account,
    issuer,
    confirmationNeeded: !options.yes,
    now,
  };
}

function otherPathway(way: string): MailError {
  return new MailError(
    'internal',
    `The pathway is "${way}" after the switch, not "gmail".`,
    'Look at it with: writeupp-mail status\nThen run migrate again.',
  );
}

function notProven(missing: MissingProof): MailError {
  return new MailError(
    'internal',
    `The proof that Gmail works for this site is not complete (${missing}), so nothing was removed.`,
    'Run the command again: it completes what is missing.',
  );
}
