/** The Google accounts that the stand-in knows. */
import { createHash } from 'node:crypto';

export interface AccountOptions {
  readonly email: string;
  /** Display name; default: the part of the address before the `@`. */
  readonly name?: string;
  /** Stable identifier (OpenID Connect `sub`); default: 21 digits worked out from the address. */
  readonly sub?: string;
  /** `false`: a Google account without Gmail, so that sending says "Mail service not enabled". */
  readonly mailbox?: boolean;
  /** Google Workspace domain, the `hd` claim; absent for a personal account. */
  readonly hostedDomain?: string;
  /** The `email_verified` claim; default true. */
  readonly emailVerified?: boolean;
  /** Further sender addresses set up in Gmail ("Send mail as"). */
  readonly sendAs?: readonly string[];
  /** Those of them whose confirmation email nobody has answered yet: Gmail does not send as these. */
  readonly unconfirmed?: readonly string[];
}

export interface Account {
  readonly email: string;
  readonly name: string;
  readonly sub: string;
  readonly mailbox: boolean;
  readonly hostedDomain: string | undefined;
  readonly emailVerified: boolean;
  readonly sendAs: readonly string[];
  readonly unconfirmed: readonly string[];
}

/** A Workspace practice with two people, and an identity without a mailbox. */
export const DEFAULT_ACCOUNTS: readonly AccountOptions[] = [
  {
    email: 'info@harbour-physio.example',
    name: 'Harbour Physio',
    hostedDomain: 'harbour-physio.example',
  },
  {
    email: 'jane@harbour-physio.example',
    name: 'Jane Harbour',
    hostedDomain: 'harbour-physio.example',
  },
  {
    email: 'nomail@harbour-physio.example',
    name: 'No Mailbox',
    mailbox: false,
    hostedDomain: 'harbour-physio.example',
  },
];

/** 21 digits like Google's, the same for the same address in every run. */
function subjectOf(email: string): string {
  const hash = createHash('sha256').update(email.toLowerCase()).digest('hex');
  return `1${(BigInt(`0x${hash}`) % 10n ** 20n).toString().padStart(20, '0')}`;
}

export class AccountBook {
  readonly #accounts: Account[] = [];
  /** By address in lower case, and by `sub`. */
  readonly #found = new Map<string, Account>();

  /** Adds an account. Throws if the address or the `sub` is taken. */
  add(options: AccountOptions): Account {
    const account: Account = {
      email: options.email,
      name: options.name ?? options.email.replace(/@.*$/, ''),
      sub: options.sub ?? subjectOf(options.email),
      mailbox: options.mailbox ?? true,
      hostedDomain: options.hostedDomain,
      emailVerified: options.emailVerified ?? true,
      sendAs: options.sendAs ?? [],
      unconfirmed: options.unconfirmed ?? [],
    };
    if (this.find(account.email) ?? this.find(account.sub)) {
      throw new Error(`The stand-in already has the account ${account.email}`);
    }
    this.#accounts.push(account);
    this.#found.set(account.email.toLowerCase(), account);
    this.#found.set(account.sub, account);
    return account;
  }

  /** By address (any case) or `sub`: what Google takes as `login_hint`. */
  find(emailOrSub: string | undefined): Account | undefined {
    return this.#found.get(emailOrSub?.toLowerCase() ?? '');
  }

  list(): readonly Account[] {
    return this.#accounts;
  }
}
