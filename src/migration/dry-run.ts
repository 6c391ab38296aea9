/** A dry run of the migration: every check that changes nothing, and what each step would do. */

import { proveConnection } from '../connection/prove-connection.js';
import { MailError } from '../errors.js';
import { sameAccount } from '../sites/address.js';
import { requireSameCredentialStore } from '../sites/secrets.js';
import type { Site } from '../sites/site.js';
import { describeSettings } from './check-settings.js';
import { expectedAccount, type MigrationOptions, type MigrationPorts } from './migration-run.js';
import { missingTest } from './proof.js';
import { STEPS, type StepName, type StepOutcome, skipped } from './step.js';

/**
 * Reports what `migrateSite` would do on this site now. No byte is changed on disk or in the keychain.
 *
 * @throws MailError of a check that fails
 */
export async function dryRun(
  site: Site,
  options: MigrationOptions,
  ports: MigrationPorts,
): Promise<void> {
  const account = expectedAccount(site, options.account);
  let plan: Plan | null = null;
  for (const step of STEPS) {
    ports.report.started(step);
    try {
      if (step.name === 'check-settings') {
        requireSameCredentialStore(site, ports.credentials);
        const outcome = await describeSettings({ ports, agreedAccount: account }, site);
        ports.report.ended(step, outcome);
      } else {
        plan ??= await makePlan(site, account, options, ports);
        ports.report.ended(step, planned(step.name, site, plan, options));
      }
    } catch (error) {
      if (error instanceof MailError) ports.report.failed(step, error);
      throw error;
    }
  }
}

interface Plan {
  readonly account: string | null;
  readonly isSignInNeeded: boolean;
  readonly isTestNeeded: boolean;
}

async function makePlan(
  site: Site,
  account: string | null,
  options: MigrationOptions,
  ports: MigrationPorts,
): Promise<Plan> {
  const isSignInNeeded = await needsSignIn(site, account, options, ports);
  const isProven = site.gmail !== null && missingTest(site.gmail, ports.now()) === null;
  return { account, isSignInNeeded, isTestNeeded: isSignInNeeded || !isProven };
}

async function needsSignIn(
  site: Site,
  account: string | null,
  options: MigrationOptions,
  ports: MigrationPorts,
): Promise<boolean> {
  if (site.gmail === null || options.reauthenticate) return true;
  if (account !== null && !sameAccount(account, site.gmail.email)) return true;
  try {
    await proveConnection(site, ports);
    return false;
  } catch (error) {
    if (error instanceof MailError && error.code === 'sign-in-needed') return true;
    throw error;
  }
}

/** What a step would do, with `dryRun` so that a script never takes it for done. */
function planned(
  name: Exclude<StepName, 'check-settings'>,
  site: Site,
  plan: Plan,
  options: MigrationOptions,
): StepOutcome {
  const would = wording(name, site, plan, options);
  return skipped([would], { dryRun: true, would });
}

function wording(
  name: Exclude<StepName, 'check-settings'>,
  site: Site,
  plan: Plan,
  options: MigrationOptions,
): string {
  const to = options.to ?? site.login;
  switch (name) {
    case 'sign-in':
      return plan.isSignInNeeded
        ? `Would open Google's sign-in page${plan.account === null ? '' : ` for ${plan.account}`}.`
        : `Would not ask anyone to sign in: ${site.gmail?.email} is connected and works.`;
    case 'save-tokens':
      return plan.isSignInNeeded
        ? 'Would save the permission to send, and read it back.'
        : 'Would keep the permission that is saved.';
    case 'test-message':
      return plan.isTestNeeded
        ? `Would send "Gmail Test Connection from WriteUpp" to ${to}.`
        : `Would not send a test message: Gmail accepted one to ${site.gmail?.test?.to} less than 24 hours ago.`;
    case 'confirm-receipt':
      return options.yes
        ? 'Would not ask whether it arrived, because of --yes.'
        : 'Would ask you whether it arrived.';
    case 'revert-smtp':
      return site.smtp === null
        ? 'Would remove nothing: there are no SMTP settings.'
        : `Would remove the SMTP settings (${site.smtp.host}) and their password, for good.`;
    case 'confirm-pathway':
      return 'Would read the record again, to confirm that email goes out through Gmail.';
  }
}
