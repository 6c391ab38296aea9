/** What the steps of one migration share: what was asked for, what they work with, and what they have seen. */

import type { ConnectionDeps, LiveConnection } from '../connection/prove-connection.js';
import type { PendingSignIn, SignInPorts } from '../sign-in/sign-in.js';
import type { Site, TestMessage } from '../sites/site.js';
import type { SiteSession } from '../sites/site-session.js';
import type { StepReport } from './step.js';

/** What the person asked for. */
export interface MigrationOptions {
  /** Nothing is asked: acceptance by Gmail is what counts. */
  readonly yes: boolean;
  readonly reauthenticate: boolean;
  /** The Google account named with `--account`. */
  readonly account: string | null;
  /** Where the test message goes instead of the WriteUpp login. */
  readonly to: string | null;
  readonly useBrowser: boolean;
  /** How long the sign-in may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** What the migration needs of the world. */
export interface MigrationPorts extends ConnectionDeps {
  readonly signIn: SignInPorts;
  readonly report: StepReport;
  /** Where the records are, in words. */
  readonly storeDescription: string;
  /** Asks whether the test message arrived; null where nobody can be asked. */
  readonly confirmReceipt: ((test: TestMessage, site: Site) => Promise<boolean>) | null;
  /** What patients will see as the sender, in lines; looks things up, changes nothing. */
  readonly describeSender: (site: Site, account: string | null) => Promise<readonly string[]>;
}

/** What connecting an account needs; `sign-in` uses these steps alone. */
export interface ConnectRun {
  readonly session: SiteSession;
  readonly options: Pick<
    MigrationOptions,
    'account' | 'reauthenticate' | 'useBrowser' | 'timeoutMs'
  >;
  readonly ports: ConnectionDeps & Pick<MigrationPorts, 'signIn'>;
  /** The account that has to be connected, as asked for or as the person agreed to; null if any may. */
  agreedAccount: string | null;
  /** The connection that Google accepted in this run. */
  live: LiveConnection | null;
  /** The refresh token was read back from the credential store in this run. */
  tokenReadBack: boolean;
  /** A sign-in whose tokens are not stored yet; the browser waits for its last page. */
  pending: PendingSignIn | null;
}

/** One run of all the steps on one site. */
export interface MigrationRun extends ConnectRun {
  readonly options: MigrationOptions;
  readonly ports: MigrationPorts;
}

/** The account expected: named, else the one connected now, else the SMTP user name if it is an address. */
export function expectedAccount(site: Site, named: string | null): string | null {
  if (named !== null) return named;
  if (site.gmail !== null) return site.gmail.email;
  return site.smtp?.user?.includes('@') ? site.smtp.user : null;
}
