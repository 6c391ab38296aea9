/** The part of a world that connecting, proving and sending work with. */

import type { Issuer } from '../google/issuer.js';
import type { AccessToken } from '../google/oauth.js';
import type { OAuthClient } from '../google/oauth-client-file.js';
import type { DelegatedTokens } from './delegated-tokens.js';

export interface Google {
  readonly issuer: Issuer;
  /** The app that people sign in to; delegation needs none. @throws MailError `no-oauth-client`, … */
  client(): Promise<OAuthClient>;
  /** A function, because it loads Google's libraries, which commands that only read must not wait for. */
  delegation(): Promise<DelegatedTokens>;
  /** Where a run over many messages keeps the token between them; null for one message. */
  readonly tokens: TokenMemory | null;
  now(): Date;
  readonly signal: AbortSignal;
}

/** A token in memory, and the connection it belongs to. */
export interface TokenMemory {
  current?: { readonly id: string; readonly accessToken: AccessToken };
}
