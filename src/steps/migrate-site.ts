/** The migration: the steps in order, each decided from what is stored, so that a run can be killed and run again. */

import { proveAndRecord } from '../connection/connection-history.js';
import { proveConnection } from '../connection/prove-connection.js';
import { isKeyKept } from '../connection/save-connection.js';
import type { AssessDelivery, DeliveryReport } from '../delivery/delivery-report.js';
import { interrupted, MailError, unexpectedError } from '../errors.js';
import type { HeldSite } from '../sites/held-site.js';
import { requireSameStore } from '../sites/secrets.js';
import type { Site } from '../sites/site.js';
import { genuineSite } from '../sites/test-seal.js';
import { SILENT, type StepReport } from '../terminal/reporter.js';
import { STEPS, type StepName } from '../terminal/steps.js';
import { checkSettingsStep, describeSettings } from './check-settings.js';
import { saveTokensStep, signInStep } from './connect-steps.js';
import { handOverRefusal } from './hand-over.js';
import { confirmPathwayStep, revertSmtpStep } from './revert-steps.js';
import {
  type Acted,
  type Acting,
  beginning,
  type DecidingStep,
  type Hands,
  type MigrationOptions,
  type Observer,
  type Situation,
  type SwitchWorld,
} from './situation.js';
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

/** The first step and the final check, which change nothing. */
const CHANGES_NOTHING: readonly StepName[] = ['check-settings', 'confirm-pathway'];

const ALL_STEPS = STEPS.map(({ name }) => name);

/**
 * Moves a site from SMTP settings to Gmail.
 *
 * @returns what it has seen at the end
 * @throws MailError of the step that failed
 */
export async function migrateSite(
  held: HeldSite,
  options: MigrationOptions,
  world: SwitchWorld,
): Promise<Situation> {
  return runSteps(ALL_STEPS, held, options, world, world.report);
}

/**
 * Signs in and saves the permission, unless the connection of the expected account works: two steps of a migration,
 * with the same rules, whose result the caller reports.
 *
 * @returns whether somebody signed in
 * @throws MailError as `signIn` and `saveConnection`
 */
export async function connectSite(
  held: HeldSite,
  options: MigrationOptions,
  world: SwitchWorld,
): Promise<boolean> {
  const before = held.site.gmail?.id;
  await held.proveCredentials();
  await runSteps(['sign-in', 'save-tokens'], held, options, world, SILENT);
  return held.site.gmail?.id !== before;
}

/**
 * Whether nothing is left to do: no SMTP settings, a connection that works now, and no step that would act.
 *
 * @throws MailError as `proveConnection`, except `sign-in-needed`
 */
export async function isMigrated(
  held: HeldSite,
  options: MigrationOptions,
  world: SwitchWorld,
): Promise<boolean> {
  if (held.site.smtp !== null || held.site.gmail === null) return false;
  const hands = emptyHands();
  const observer = observerOf(held, world);
  let situation = beginning(held.site, options, world);
  for (const name of ALL_STEPS) {
    const step = DECIDING[name];
    if (CHANGES_NOTHING.includes(name)) continue;
    situation = (await step.observe?.(situation, observer, hands)) ?? situation;
    if (step.decide(situation).kind !== 'skip') return false;
  }
  return true;
}

/**
 * Reports what `migrateSite` would do on this site now: the same decisions, without acting. No byte is changed on disk
 * or in the keychain.
 *
 * @returns whether there is something to do, and whether email will arrive
 * @throws MailError that the run would fail with, in so far as it can be foreseen
 */
export async function dryRun(
  site: Site,
  options: MigrationOptions,
  world: SwitchWorld,
): Promise<{ readonly acts: boolean; readonly delivery: DeliveryReport | null }> {
  const observer: Observer = {
    dns: () => dnsAloud(world),
    async checkCredentials() {
      const secrets = await world.secrets();
      requireSameStore(site, secrets);
      await secrets.prove();
    },
    prove: async () => proveConnection(site, await world.secrets(), world),
    async genuine(given) {
      const { othersCanWrite } = await world.sites();
      return genuineSite(given, { othersCanWrite, credentials: () => world.secrets() });
    },
    handOverRefusal: (given) => handOverRefusal(given, world),
    isKeyKept: async (serviceAccount) => isKeyKept(serviceAccount, world, await world.secrets()),
  };
  let acts = false;
  const act: Mode['act'] = (step, situation, would) => {
    acts ||= !CHANGES_NOTHING.includes(step.name);
    return foresee(step, situation, would);
  };
  const mode = { observer, hands: emptyHands(), signal: world.signal, act };
  const end = await walk(ALL_STEPS, beginning(site, options, world), mode, world.report);
  return { acts, delivery: end.delivery };
}

async function runSteps(
  names: readonly StepName[],
  held: HeldSite,
  options: MigrationOptions,
  world: SwitchWorld,
  report: StepReport,
): Promise<Situation> {
  const acting: Acting = { held, hands: emptyHands(), world };
  const mode = {
    observer: observerOf(held, world),
    hands: acting.hands,
    signal: world.signal,
    act: (step: DecidingStep, situation: Situation) => step.act(situation, acting),
    settle: async (step: DecidingStep, situation: Situation) => step.settle?.(situation, acting),
  };
  return walk(names, beginning(held.site, options, world), mode, report);
}

function emptyHands(): Hands {
  return { accessToken: null, pending: null, delegated: null };
}

function observerOf(held: HeldSite, world: SwitchWorld): Observer {
  return {
    checkCredentials: () => held.proveCredentials(),
    dns: () => dnsAloud(world),
    prove: () => proveAndRecord(held, world),
    genuine: (site) => held.genuine(site),
    handOverRefusal: (given) => handOverRefusal(given, world),
    isKeyKept: async (serviceAccount) => isKeyKept(serviceAccount, world, await held.credentials()),
  };
}

/** The DNS, with a line that says what is being waited for: an answer may take 3 seconds. */
async function dnsAloud(world: SwitchWorld): Promise<AssessDelivery | null> {
  const assess = await world.dns();
  if (assess === null) return null;
  return async (question) => {
    const stop = world.report.waiting(`Reading the DNS for ${question.sender} (3 seconds at most)`);
    try {
      return await assess(question);
    } finally {
      stop();
    }
  };
}

/** How a run and a dry run differ: how they observe, and what acting means. */
interface Mode {
  readonly observer: Observer;
  readonly hands: Hands;
  readonly signal: AbortSignal;
  act(step: DecidingStep, situation: Situation, would: string): Promise<Acted>;
  /** Absent where nobody is there to read. */
  settle?(step: DecidingStep, situation: Situation): Promise<void>;
}

/** A dry run's act: says what would be done, and continues from what that should lead to. */
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
