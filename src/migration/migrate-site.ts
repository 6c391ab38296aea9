/** The migration: the steps in order, each decided from what is stored, so that a run can be killed and run again. */

import { proveAndRecord } from '../connection/connection-history.js';
import { type ConnectionDeps, proveConnection } from '../connection/prove-connection.js';
import { isKeyKept } from '../connection/save-connection.js';
import type { AssessDelivery } from '../delivery/report.js';
import { interrupted, MailError, unexpectedError } from '../errors.js';
import type { HeldSite } from '../sites/held-site.js';
import { requireSameStore } from '../sites/secrets.js';
import type { Site, TestMessage } from '../sites/site.js';
import { checkSettingsStep, describeSettings } from './check-settings.js';
import { saveTokensStep, signInStep } from './connect-steps.js';
import { confirmPathwayStep, revertSmtpStep } from './revert-steps.js';
import {
  type Acted,
  beginning,
  type DecidingStep,
  type Hands,
  type MigrationOptions,
  type Observer,
  type Situation,
  type World,
} from './situation.js';
import { STEPS, type StepName, type StepReport } from './step.js';
import { confirmReceiptStep, testMessageStep } from './test-steps.js';

const DECIDING: Readonly<Record<StepName, DecidingStep>> = {
  'check-settings': checkSettingsStep,
  'sign-in': signInStep,
  'save-tokens': saveTokensStep,
  'test-message': testMessageStep,
  'confirm-receipt': confirmReceiptStep,
  'revert-smtp': revertSmtpStep,
  'confirm-pathway': confirmPathwayStep,
};

/** The first step and the last look, and change nothing. */
const CHANGES_NOTHING: readonly StepName[] = ['check-settings', 'confirm-pathway'];

const ALL_STEPS = STEPS.map(({ name }) => name);

/** What a migration needs of the world, beside the site. */
export interface MigrationPorts extends Pick<World, 'deps' | 'signIn' | 'receipt'> {
  readonly report: StepReport;
  /** Asks the DNS whether email will arrive; null where it is not asked. */
  readonly assessDelivery: AssessDelivery | null;
}

/**
 * Moves a site from SMTP settings to Gmail.
 *
 * @returns the test message that proves the connection
 * @throws MailError of the step that failed
 */
export async function migrateSite(
  held: HeldSite,
  options: MigrationOptions,
  ports: MigrationPorts,
): Promise<TestMessage | null> {
  const { site } = await runSteps(ALL_STEPS, held, options, ports);
  return site.gmail?.test ?? null;
}

/**
 * Signs in and keeps the permission, unless the connection of the expected account works: two steps of a migration,
 * with the same rules.
 *
 * @returns whether somebody signed in
 * @throws MailError as `signIn` and `saveConnection`
 */
export async function connectSite(
  held: HeldSite,
  options: MigrationOptions,
  {
    canAsk,
    ...ports
  }: Omit<MigrationPorts, 'receipt' | 'assessDelivery'> & {
    readonly canAsk: boolean;
  },
): Promise<boolean> {
  const before = held.site.gmail?.id;
  await held.proveCredentials();
  await runSteps(
    ['sign-in', 'save-tokens'],
    held,
    options,
    { ...ports, receipt: null, assessDelivery: null },
    canAsk,
  );
  return held.site.gmail?.id !== before;
}

/**
 * Whether nothing is left to do: no SMTP settings, and a connection that works now, at which no step would act.
 *
 * @throws MailError as `proveConnection`, but for `sign-in-needed`
 */
export async function isMigrated(
  held: HeldSite,
  options: MigrationOptions,
  { deps, receipt }: Pick<MigrationPorts, 'deps' | 'receipt'>,
): Promise<boolean> {
  if (held.site.smtp !== null || held.site.gmail === null) return false;
  const hands: Hands = { accessToken: null, pending: null, delegated: null };
  const observer = observerOf(held, deps, null);
  let situation = beginning(held.site, options, factsOf(deps, receipt !== null));
  for (const name of ALL_STEPS) {
    const step = DECIDING[name];
    if (CHANGES_NOTHING.includes(name)) continue;
    situation = (await step.observe?.(situation, observer, hands)) ?? situation;
    if (step.decide(situation).kind !== 'skip') return false;
  }
  return true;
}

/**
 * Reports what `migrateSite` would do on this site now: the same decisions, and no act. No byte is changed on disk
 * or in the keychain.
 *
 * @returns whether there is something to do
 * @throws MailError that the run would end on, as far as it can be foreseen
 */
export async function dryRun(
  site: Site,
  options: MigrationOptions,
  canAsk: boolean,
  deps: ConnectionDeps & Pick<Observer, 'checkCredentials' | 'assessDelivery'>,
  report: StepReport,
): Promise<boolean> {
  const observer: Observer = {
    assessDelivery: deps.assessDelivery,
    async checkCredentials() {
      requireSameStore(site, deps.credentials);
      await deps.checkCredentials();
    },
    prove: () => proveConnection(site, deps),
    isKeyKept: (serviceAccount) => isKeyKept(serviceAccount, deps, deps.credentials),
  };
  const start = beginning(site, options, factsOf(deps, canAsk));
  const hands: Hands = { accessToken: null, pending: null, delegated: null };
  let acts = false;
  const act: Mode['act'] = (step, situation, would) => {
    acts ||= !CHANGES_NOTHING.includes(step.name);
    return foresee(step, situation, would);
  };
  await walk(ALL_STEPS, start, { observer, hands, signal: deps.signal, act }, report);
  return acts;
}

async function runSteps(
  names: readonly StepName[],
  held: HeldSite,
  options: MigrationOptions,
  { deps, signIn, receipt, report, assessDelivery }: MigrationPorts,
  canAsk: boolean = receipt !== null,
): Promise<Situation> {
  const hands: Hands = { accessToken: null, pending: null, delegated: null };
  const world: World = { held, hands, deps, signIn, receipt };
  const observer = observerOf(held, deps, assessDelivery);
  const facts = factsOf(deps, canAsk);
  const mode = {
    observer,
    hands,
    signal: deps.signal,
    act: (step: DecidingStep, situation: Situation) => step.act(situation, world),
    settle: async (step: DecidingStep, situation: Situation) => step.settle?.(situation, world),
  };
  return walk(names, beginning(held.site, options, facts), mode, report);
}

function observerOf(
  held: HeldSite,
  deps: MigrationPorts['deps'],
  assessDelivery: Observer['assessDelivery'],
): Observer {
  return {
    checkCredentials: () => held.proveCredentials(),
    assessDelivery,
    prove: async () => proveAndRecord(held, { ...deps, credentials: await held.credentials() }),
    isKeyKept: async (serviceAccount) => isKeyKept(serviceAccount, deps, await held.credentials()),
  };
}

function factsOf({ issuer, now }: MigrationPorts['deps'], canAsk: boolean) {
  return { canAsk, issuer: issuer.id, now: now() };
}

/** What makes a run of a dry run: how what is seen is looked at, and what acting means. */
interface Mode {
  readonly observer: Observer;
  readonly hands: Hands;
  readonly signal: AbortSignal;
  act(step: DecidingStep, situation: Situation, would: string): Promise<Acted>;
  /** Absent where nobody is there to read. */
  settle?(step: DecidingStep, situation: Situation): Promise<void>;
}

/** A dry run's act: it says what would be done, and goes on from what is to be expected of it. */
async function foresee(step: DecidingStep, situation: Situation, would: string): Promise<Acted> {
  const outcome =
    step.name === 'check-settings'
      ? describeSettings(situation)
      : ({
          status: 'skipped',
          lines: [would],
          facts: { dryRun: true, would },
          isQuiet: CHANGES_NOTHING.includes(step.name),
        } as const);
  return { outcome, situation: step.predict(situation) };
}

/** Goes through the steps: one walk for the run and the dry run, so that the plan is the outcome. */
async function walk(
  names: readonly StepName[],
  start: Situation,
  mode: Mode,
  report: StepReport,
): Promise<Situation> {
  let situation = start;
  for (const step of STEPS.filter(({ name }) => names.includes(name))) {
    const { name } = situation.site;
    report.started(step, name);
    try {
      if (mode.signal.aborted) throw interrupted();
      const deciding = DECIDING[step.name];
      situation = (await deciding.observe?.(situation, mode.observer, mode.hands)) ?? situation;
      const decision = deciding.decide(situation);
      if (decision.kind === 'stop') throw decision.error;
      if (decision.kind === 'skip') {
        report.ended(step, decision.outcome, name);
      } else {
        const acted = await mode.act(deciding, situation, decision.would);
        situation = acted.situation;
        report.ended(step, acted.outcome, name);
        await mode.settle?.(deciding, situation);
      }
    } catch (error) {
      const failure = error instanceof MailError ? error : unexpectedError(error);
      report.failed(step, failure, name);
      throw failure;
    }
  }
  return situation;
}
