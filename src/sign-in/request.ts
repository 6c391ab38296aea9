/** What a sign-in is for, and the world that it needs: Google, a browser, and a person. */

import type { Google } from '../connection/google.js';
import type { Site } from '../sites/site.js';
import type { Ask } from '../terminal/prompts.js';
import type { Reporter } from '../terminal/reporter.js';

export interface SignInRequest {
  /** The site that the account is for: named on the pages and in the command that fixes a failure. */
  readonly site: Pick<Site, 'name' | 'organisation' | 'smtp' | 'sendAs' | 'gmail'>;
  /** The Google account that must sign in; null to ask the person about the one that did. */
  readonly expectedAccount: string | null;
  readonly useBrowser: boolean;
  /** The terminal shows something that must be read before a browser covers it. */
  readonly readFirst: boolean;
  /** How long each request may take, including its questions, in milliseconds. */
  readonly timeoutMs: number;
  /** Shown on the page and in the terminal after a failure, if true: "Your SMTP settings are untouched." */
  readonly reassurance: string | null;
}

/** A browser on this computer. */
export interface Browser {
  /** Whether the person would see a browser opened here. */
  readonly canOpen: boolean;
  /** False if none could be started. It gets the one-time address: everyone here can read arguments. */
  open(oneTimeAddress: string): Promise<boolean>;
  /** Why no browser was opened, and where to open the address instead. */
  whyNot(): readonly string[];
}

export interface SignInWorld extends Google {
  /** Null if nobody can be asked. */
  readonly ask: Ask | null;
  readonly browser: Browser;
  readonly report: Reporter;
  readonly options: { readonly yes?: boolean; readonly json?: boolean };
  readonly streams: { readonly stdin: NodeJS.ReadStream };
}
