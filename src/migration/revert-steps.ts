/** Steps 6 and 7: the SMTP settings are removed, with proof and not before, and the result is read from storage. */

import { MailError } from '../errors.js';
import { revertSmtp } from '../sites/revert-smtp.js';
import { pathway } from '../sites/site.js';
import type { MigrationRun } from './migration-run.js';
import { type MissingProof, missingProof } from './proof.js';
import { done, type StepOutcome, skipped } from './step.js';

/** @throws MailError `internal` if the proof is not complete: whatever the steps before did, nothing is deleted then */
export async function revertSmtpStep(run: MigrationRun): Promise<StepOutcome> {
  const { session, ports, options } = run;
  // The rule judges what is stored, not what this run remembers.
  const site = await session.reread();
  if (site.smtp === null) return skipped(['There are no SMTP settings to remove.']);
  const missing = missingProof(site, {
    refreshed: run.live?.connection ?? null,
    tokenReadBack: run.tokenReadBack,
    expectedAccount: run.agreedAccount,
    issuer: ports.issuer.id,
    confirmationNeeded: !options.yes,
    now: ports.now(),
  });
  if (missing !== null) throw notProven(missing);
  const { host } = site.smtp;
  await revertSmtp(session, ports.credentials, ports.now());
  return done(
    [
      `The SMTP settings (${host}) and their password were removed from the record of this site, for good.`,
      `Changed: ${ports.storeDescription}. WriteUpp's website keeps its own settings: remove SMTP there too, with "Revert to WriteUpp Mail Server".`,
    ],
    { host },
  );
}

/** @throws MailError `internal` if storage tells another pathway than Gmail */
export async function confirmPathwayStep(run: MigrationRun): Promise<StepOutcome> {
  const site = await run.session.reread();
  const way = pathway(site);
  if (way !== 'gmail') {
    throw new MailError(
      'internal',
      `The pathway is "${way}" after the switch, not "gmail".`,
      'Look at it with: writeupp-mail status\nThen run migrate again.',
    );
  }
  return done([`All email of this site now goes out through Gmail, as ${site.gmail?.email}.`], {
    pathway: way,
  });
}

function notProven(missing: MissingProof): MailError {
  return new MailError(
    'internal',
    `The proof that Gmail works for this site is not complete (${missing}), so nothing was removed.`,
    'Run the command again: it makes good what is missing.',
  );
}
