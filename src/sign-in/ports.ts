/** What a sign-in is for, and what it needs of the world: a browser, and words to and from the person. */

import type { MailError } from '../errors.js';
import type { Issuer } from '../google/issuer.js';
import type { OAuthClient } from '../google/oauth-client-file.js';
import type { SenderChange } from '../sites/sender.js';
import type { Site } from '../sites/site.js';

/** What to sign in for. */
export interface SignInRequest {
  readonly issuer: Issuer;
  readonly client: OAuthClient;
  /** The site that the account is for: named on the pages and in the command that mends a failure. */
  readonly site: Pick<Site, 'name' | 'organisation' | 'smtp' | 'sendAs'>;
  /** The Google account that must sign in; null if the person agrees to the one that did. */
  readonly expectedAccount: string | null;
  readonly useBrowser: boolean;
  /** How long each request may take, its questions included, in milliseconds. */
  readonly timeoutMs: number;
  /** Said on the page and in the terminal when it fails, where it is true: "Your SMTP settings are untouched." */
  readonly reassurance: string | null;
}

/** Why a person must open the address. */
export type ShowReason = 'asked-for' | 'no-browser';

/** An account that was not expected: is it right? */
export interface AccountQuestion {
  readonly organisation: string;
  /** Null if none was. */
  readonly expected: string | null;
  readonly actual: string;
  /** Who patients see: today, and if this account is used. */
  readonly sender: SenderChange;
}

/** Google's page: its own address, and one of this computer that leads there once and is short. */
export interface PageAddress {
  readonly url: string;
  readonly oneTime: string;
}

export type AccountDecision = 'use' | 'again' | 'stop';

/** A browser, and words to and from the person. A question ends, with null, when its signal aborts. */
export interface SignInPorts {
  /** False if no browser could be started. The address is the one-time one: arguments can be read by everyone here. */
  openBrowser(oneTimeAddress: string): Promise<boolean>;
  /** Shows the address and waits for Enter before a browser covers the terminal; null where it opens at once. */
  readonly waitForEnter: ((page: PageAddress, signal: AbortSignal) => Promise<void>) | null;
  /** A person must open this address. */
  showUrl(url: string, reason: ShowReason): void;
  /** The browser was opened; the address is a way on if it did not show. */
  browserOpened(
    page: PageAddress,
    facts: { readonly account: string | null; readonly until: Date },
  ): void;
  /** Asks for the address the browser ended on; null where nobody can be asked. */
  readonly askForPaste: ((signal: AbortSignal) => Promise<string | null>) | null;
  pasteNotUnderstood(why: string): void;
  /** Null where nobody can be asked: then only the expected account will do. */
  readonly askAboutAccount:
    | ((question: AccountQuestion, signal: AbortSignal) => Promise<AccountDecision | null>)
    | null;
  /**
   * The browser brought a refusal, which another user of the computer can have caused: stop, or go on waiting?
   * Null where nobody can be asked: then it ends the sign-in.
   */
  readonly askAboutRefusal:
    | ((refusal: MailError, signal: AbortSignal) => Promise<'stop' | 'wait' | null>)
    | null;
  readonly signal: AbortSignal;
}
