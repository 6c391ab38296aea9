/** What the steps of a migration decide from: what is stored, what was asked for, and what this run has seen. */

import type { ConnectionDeps, LiveConnection } from '../connection/prove-connection.js';
import type { Delegated } from '../connection/save-connection.js';
import type { AssessDelivery, DeliveryReport } from '../delivery/report.js';
import type { AccessToken } from '../google/oauth.js';
import type { NamedServiceAccount } from '../google/service-account.js';
import type { PendingSignIn, SignInPorts } from '../sign-in/sign-in.js';
import { sameAccount } from '../sites/address.js';
import type { HeldSite } from '../sites/held-site.js';
import type { SenderChange } from '../sites/sender.js';
import { type GmailConnection, type Site, type TestMessage, userAddress } from '../sites/site.js';
import type { Decision, StepName, StepOutcome } from './step.js';

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
  /** Of a run over many sites: where somebody has to sign in, it stops. */
  readonly withoutSignIn?: boolean;
  /** The service account named with `--service-account`: nobody signs in. */
  readonly serviceAccount: NamedServiceAccount | null;
  /** How long the sign-in may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** The state that the steps hand on. A dry run predicts it; a run sees it. */
export interface Situation {
  readonly site: Site;
  readonly options: MigrationOptions;
  /** Whether a person can be asked. */
  readonly canAsk: boolean;
  /** Who signs people in for this run. */
  readonly issuer: string;
  readonly now: Date;
  /** The account that has to be connected, as asked for or as the person agreed to; null if any may. */
  readonly account: string | null;
  /** Why a sign-in is needed; null once a connection works. */
  readonly signInNeeded: string | null;
  /** The connection that Google accepted in this run, with the token read from the credential store. */
  readonly live: GmailConnection | null;
  /** Whether the sender's email will arrive, by the DNS; null where it was not asked. */
  readonly delivery: DeliveryReport | null;
  /** The test message that was on record when the run began. */
  readonly sentBefore: TestMessage | null;
}

/** What only a run that acts has in its hands. */
export interface Hands {
  accessToken: AccessToken | null;
  /** A sign-in whose tokens are not stored yet; the browser waits for its last page. */
  pending: PendingSignIn | null;
  /** A delegation that Google has accepted, and that is not stored yet. */
  delegated: Delegated | null;
}

/** How what can be seen is looked at: a dry run changes nothing by looking. */
export interface Observer {
  /** @throws MailError of the credential store, before anyone is sent to Google */
  checkCredentials(): Promise<void>;
  /** Null where the DNS is not asked. */
  readonly assessDelivery: AssessDelivery | null;
  /** @throws MailError as `proveConnection` */
  prove(): Promise<LiveConnection>;
  /** @throws MailError as `isKeyKept` */
  isKeyKept(serviceAccount: NamedServiceAccount): Promise<boolean>;
}

/** What a person is asked: that another sender was read about, and whether the test message came. */
export interface ReceiptQuestions {
  /** Patients will see another sender: waits until the person has read it. */
  anotherSender(change: SenderChange): Promise<void>;
  /** What the person typed; null for Enter alone. */
  reference(test: TestMessage, site: Site): Promise<string | null>;
  /** What to do where the reference was not given, or was wrong. */
  next(
    test: TestMessage,
    wrong: boolean,
  ): Promise<'again' | 'not-arrived' | 'stop' | { readonly to: string }>;
  /** Which sender the message shows, for a site with a send-as address. */
  sender(sendAs: string, account: string): Promise<'send-as' | 'account' | 'other'>;
}

/** What acting needs of the world. */
export interface World {
  readonly held: HeldSite;
  readonly hands: Hands;
  readonly deps: Omit<ConnectionDeps, 'credentials'>;
  readonly signIn: SignInPorts;
  /** Null where nobody can be asked. */
  readonly receipt: ReceiptQuestions | null;
}

/** One step: what it decides, pure; what it does; and what a dry run expects of it. */
export interface DecidingStep {
  readonly name: StepName;
  /** Looks at what can only be known by asking; what it sees is decided from. */
  observe?(situation: Situation, observer: Observer, hands: Hands): Promise<Situation>;
  decide(situation: Situation): Decision;
  act(situation: Situation, world: World): Promise<Acted>;
  /** After the step's outcome was told: what a person must have read before the next step. */
  settle?(situation: Situation, world: World): Promise<void>;
  /** The situation after the step has acted, as far as it can be foreseen. */
  predict(situation: Situation): Situation;
}

/** What an act gives: its outcome, and the situation after it. */
export interface Acted {
  readonly outcome: StepOutcome;
  readonly situation: Situation;
}

/** The situation at the beginning. */
export function beginning(
  site: Site,
  options: MigrationOptions,
  facts: Pick<Situation, 'canAsk' | 'issuer' | 'now'>,
): Situation {
  return {
    ...facts,
    site,
    options,
    account: expectedAccount(site, options.account),
    signInNeeded: null,
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
