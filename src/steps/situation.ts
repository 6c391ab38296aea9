/** What the steps of a migration decide from: what is stored, what was asked for, and what this run has seen. */

import type { LiveConnection } from '../connection/prove-connection.js';
import type { Delegated } from '../connection/save-connection.js';
import type { AssessDelivery, DeliveryReport } from '../delivery/delivery-report.js';
import type { MailError } from '../errors.js';
import type { AccessToken } from '../google/oauth.js';
import type { NamedServiceAccount } from '../google/service-account.js';
import type { PendingSignIn } from '../sign-in/browser-sign-in.js';
import type { SignInWorld } from '../sign-in/request.js';
import { sameAccount } from '../sites/address.js';
import type { HeldSite } from '../sites/held-site.js';
import type { Stores } from '../sites/hold.js';
import { type GmailConnection, type Site, type TestMessage, userAddress } from '../sites/site.js';
import type { StepOutcome } from '../terminal/reporter.js';
import type { StepName } from '../terminal/steps.js';
import type { Decision } from './step.js';

/** What the person asked for. */
export interface MigrationOptions {
  /** Nothing is asked: acceptance by Gmail is what counts. */
  readonly yes: boolean;
  readonly reauthenticate: boolean;
  /** The Google account named with `--account`. */
  readonly account: string | null;
  /** Where the test message goes instead of the WriteUpp login. */
  readonly to: string | null;
  /** The receipt: the reference of a test message that was sent before this run. */
  readonly reference: string | null;
  readonly useBrowser: boolean;
  /** The terminal shows what must be read before a browser covers it. */
  readonly readFirst: boolean;
  /** The person has just read what the first step reports: it is not shown again. */
  readonly isAgain?: boolean;
  /** For a run over many sites: it stops where somebody needs to sign in. */
  readonly withoutSignIn?: boolean;
  /** The service account named with `--service-account`: nobody signs in. */
  readonly serviceAccount: NamedServiceAccount | null;
  /** How long the sign-in may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** The state that each step hands to the next. A dry run predicts it; a run sees it. */
export interface Situation {
  readonly site: Site;
  readonly options: MigrationOptions;
  /** Whether a person can be asked. */
  readonly canAsk: boolean;
  /** Who signs people in for this run. */
  readonly issuer: string;
  readonly now: Date;
  /** The account that must be connected, as asked for or as the person agreed; null if any may be. */
  readonly account: string | null;
  /** Why a sign-in is needed; null once a connection works. */
  readonly signInNeeded: string | null;
  /** Why what would be connected could not be handed over to WriteUpp; null where it can, or need not. */
  readonly handOverRefusal: MailError | null;
  /** The connection that Google accepted in this run, with the token read from the credential store. */
  readonly live: GmailConnection | null;
  /** Whether the sender's email will arrive, by the DNS; null if it was not asked. */
  readonly delivery: DeliveryReport | null;
  /** The test message that was stored when the run began. */
  readonly sentBefore: TestMessage | null;
}

/** What only a run that acts has. */
export interface Hands {
  accessToken: AccessToken | null;
  /** A sign-in whose tokens are not stored yet; the browser waits for its last page. */
  pending: PendingSignIn | null;
  /** A delegation that Google has accepted and that is not stored yet. */
  delegated: Delegated | null;
}

/** How a step observes: in a dry run, observing changes nothing. */
export interface Observer {
  /** @throws MailError of the credential store, before anyone is sent to Google */
  checkCredentials(): Promise<void>;
  /** Null where the DNS is not asked. */
  dns(): Promise<AssessDelivery | null>;
  /** @throws MailError as `proveConnection` */
  prove(): Promise<LiveConnection>;
  /** The site without a test message that somebody else wrote into its record. @throws of the credential store */
  genuine(site: Site): Promise<Site>;
  /** Why a new connection could not be handed over; null where it can, or need not. @throws as `World.client` */
  handOverRefusal(options: MigrationOptions): Promise<MailError | null>;
  /** @throws MailError as `isKeyKept` */
  isKeyKept(serviceAccount: NamedServiceAccount): Promise<boolean>;
}

/** What switching a site requires. */
export interface SwitchWorld extends SignInWorld, Stores {
  readonly report: SignInWorld['report'];
  readonly signal: AbortSignal;
  /** Asks the DNS about senders; null where it is not asked. */
  dns(): Promise<AssessDelivery | null>;
}

/** What a step acts with. */
export interface Acting {
  readonly held: HeldSite;
  readonly hands: Hands;
  readonly world: SwitchWorld;
}

/** One step: what it decides, pure; what it does; and what a dry run expects of it. */
export interface DecidingStep {
  readonly name: StepName;
  /** Checks what can only be known by asking, before the step decides. */
  observe?(situation: Situation, observer: Observer, hands: Hands): Promise<Situation>;
  decide(situation: Situation): Decision;
  act(situation: Situation, acting: Acting): Promise<Acted>;
  /** Runs once the step's outcome is shown: what a person must have read before the next step. */
  settle?(situation: Situation, acting: Acting): Promise<void>;
  /** The situation after the step has acted, in so far as it can be foreseen. */
  predict(situation: Situation): Situation;
}

/** The outcome of an act, and the situation after it. */
export interface Acted {
  readonly outcome: StepOutcome;
  readonly situation: Situation;
}

/** The situation at the start. */
export function beginning(
  site: Site,
  options: MigrationOptions,
  { ask, issuer, now }: Pick<SwitchWorld, 'ask' | 'issuer' | 'now'>,
): Situation {
  return {
    canAsk: ask !== null,
    issuer: issuer.id,
    now: now(),
    site,
    options,
    account: expectedAccount(site, options.account),
    signInNeeded: null,
    handOverRefusal: null,
    live: null,
    delivery: null,
    sentBefore: site.gmail?.test ?? null,
  };
}

/**
 * The account expected: named, else the one connected now, else the SMTP user name if it is an address; but not the
 * send-as address, which is only another address of an account.
 */
export function expectedAccount(site: Site, named: string | null): string | null {
  const user = site.smtp === null ? null : userAddress(site.smtp);
  const isAlias = user !== null && site.sendAs !== null && sameAccount(user, site.sendAs);
  return named ?? site.gmail?.email ?? site.account ?? (isAlias ? null : user);
}
