/** The migration: the steps run in order, each decided from what is stored, so that a run can be killed and run again. */

import { MailError, unexpectedError } from '../errors.js';
import type { TestMessage } from '../sites/site.js';
import type { SiteSession } from '../sites/site-session.js';
import { checkSettings } from './check-settings.js';
import { saveTokensStep, signInStep } from './connect-steps.js';
import {
  expectedAccount,
  type MigrationOptions,
  type MigrationPorts,
  type MigrationRun,
} from './migration-run.js';
import { reassurance, withReassurance } from './reassurance.js';
import { confirmPathwayStep, revertSmtpStep } from './revert-steps.js';
import { STEPS, type StepName, type StepOutcome } from './step.js';
import { confirmReceiptStep, testMessageStep } from './test-steps.js';

const RUN: Record<StepName, (run: MigrationRun) => Promise<StepOutcome>> = {
  'check-settings': checkSettings,
  'sign-in': signInStep,
  'save-tokens': saveTokensStep,
  'test-message': testMessageStep,
  'confirm-receipt': confirmReceiptStep,
  'revert-smtp': revertSmtpStep,
  'confirm-pathway': confirmPathwayStep,
};

/**
 * Moves a site from SMTP settings to Gmail.
 *
 * @returns the test message that proves the connection
 * @throws MailError of the step that failed; it says that the SMTP settings are untouched where they are
 */
export async function migrateSite(
  session: SiteSession,
  options: MigrationOptions,
  ports: MigrationPorts,
): Promise<TestMessage | null> {
  const run: MigrationRun = {
    session,
    options,
    ports,
    agreedAccount: expectedAccount(session.site, options.account),
    live: null,
    tokenReadBack: false,
    pending: null,
  };
  for (const step of STEPS) {
    ports.report.started(step);
    try {
      ports.report.ended(step, await RUN[step.name](run));
    } catch (error) {
      const failure = await explain(error, session);
      ports.report.failed(step, failure);
      throw failure;
    }
  }
  return session.site.gmail?.test ?? null;
}

/** Says that the SMTP settings are untouched only after reading that they are. */
async function explain(error: unknown, session: SiteSession): Promise<MailError> {
  const known = error instanceof MailError ? error : unexpectedError(error);
  try {
    return withReassurance(known, reassurance(await session.reread()));
  } catch {
    return known;
  }
}
