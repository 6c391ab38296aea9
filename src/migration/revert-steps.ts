/** Steps 6 and 7: the SMTP settings are removed, with proof and not before, and the result is read from storage. */

import { MailError } from '../errors.js';
import { pathway } from '../sites/site.js';
import { isGoogleSmtp } from '../sites/smtp-words.js';
import { type Evidence, judgeProof, type MissingProof, missingProof } from './proof.js';
import type { DecidingStep, Situation } from './situation.js';
import { act, done, doneQuietly, skip, stop } from './step.js';

/** Whatever the steps before did: without the proof nothing is deleted. */
export const revertSmtpStep: DecidingStep = {
  name: 'revert-smtp',
  decide(situation) {
    const { smtp } = situation.site;
    if (smtp === null) return skip(['There are no SMTP settings to remove.']);
    const missing = missingProof(situation.site, evidence(situation));
    if (missing !== null) return stop(notProven(missing));
    return act(`Would remove the SMTP settings (${smtp.host}) and their password, for good.`);
  },
  async act(situation, { held, deps }) {
    // The rule judges what is stored, not what this run remembers.
    const site = await held.reread();
    const authority = judgeProof(site, held.claimId, evidence({ ...situation, now: deps.now() }));
    if (typeof authority === 'string') throw notProven(authority);
    await held.revertSmtp(authority, deps.now());
    const { smtp } = site;
    const host = smtp?.host ?? '';
    return {
      outcome: done(
        [
          'Removed the SMTP settings (Revert to WriteUpp Mail Server).',
          ...(smtp !== null && isGoogleSmtp(smtp) ? [APP_PASSWORD] : []),
        ],
        { host },
      ),
      situation: { ...situation, site: held.site },
    };
  },
  predict: (situation) => ({ ...situation, site: { ...situation.site, smtp: null } }),
};

/** The record is read again: what is told is what storage says. */
export const confirmPathwayStep: DecidingStep = {
  name: 'confirm-pathway',
  decide: () => act('Would read the record again, to confirm that email goes out through Gmail.'),
  async act(situation, { held }) {
    const site = await held.reread();
    const way = pathway(site);
    if (way !== 'gmail') throw otherPathway(way);
    return {
      outcome: doneQuietly(`On record here: email goes by Gmail, as ${site.gmail?.email}.`, {
        pathway: way,
      }),
      situation: { ...situation, site },
    };
  },
  predict: (situation) => situation,
};

/** It still lets whoever has it send as the practice. */
const APP_PASSWORD = 'Delete the app password at Google: https://myaccount.google.com/apppasswords';

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
    'Run the command again: it makes good what is missing.',
  );
}
