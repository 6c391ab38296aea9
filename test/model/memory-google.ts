/**
 * Google and its sign-in in memory, in the place of the modules that talk to it: thousands of runs a minute, and a
 * book of what was granted, sent and ended. (Over HTTP: test/steps/small-google.ts; strictly: test/stand-in.)
 */

import { jest } from '@jest/globals';
import { MailError } from '../../src/errors.js';
import type { AccessToken } from '../../src/google/oauth.js';
import type { PendingSignIn } from '../../src/sign-in/browser-sign-in.js';
import type { SignInRequest } from '../../src/sign-in/request.js';
import { REFERENCE } from '../sites/a-site.js';
import type { Gate } from '../support/memory-store.js';

export const ISSUER = 'https://accounts.google.com';

/** A Google account: its key stays when its address changes. */
export interface Account {
  readonly email: string;
  readonly subject: string;
}

/** A permission that a person gave. */
export interface Grant extends Account {
  readonly token: string;
  /** Null while Google accepts it; else who ended it. */
  endedBy: unknown;
}

/** Who is at Google: a run, and its person at the browser. */
export interface Visitor {
  readonly gate: Gate;
  /** The account that the person signs in with; null for Cancel. */
  signsIn(expected: string | null): Account | null;
  agreesTo(account: Account): boolean;
  accepted(grant: Grant): void;
  sent(grant: Grant, account: string): void;
}

/** What Google knows. */
export class MemoryGoogle {
  readonly grants: Grant[] = [];
  /** How often permissions were ended. */
  changes = 0;
  readonly messages = new Map<string, Grant>();
  onRevoke: (grant: Grant, visitor: Visitor) => void = () => undefined;

  grantOf(token: string): Grant | undefined {
    return this.grants.find((grant) => grant.token === token.replace(/^access-/, ''));
  }

  grant({ email, subject }: Account): Grant {
    const token = `token-${this.grants.length + 1}-of-${email}`;
    const grant: Grant = { email, subject, token, endedBy: null };
    this.grants.push(grant);
    return grant;
  }

  accept(grant: Grant): string {
    const id = `message-${this.messages.size + 1}`;
    this.messages.set(id, grant);
    return id;
  }

  /** A revocation ends every permission of the program for an account. */
  end(subject: string, endedBy: unknown): void {
    this.changes += 1;
    for (const grant of this.grants) {
      if (grant.subject === subject) grant.endedBy ??= endedBy;
    }
  }
}

const visits = new WeakMap<AbortSignal, { google: MemoryGoogle; visitor: Visitor }>();

/** A run is known at Google by the signal that stops it. */
export function visit(signal: AbortSignal, google: MemoryGoogle, visitor: Visitor): void {
  visits.set(signal, { google, visitor });
}

/** Puts this Google in the place of the modules that talk to the real one. Before any of them is imported. */
export function mockGoogle(): void {
  jest.unstable_mockModule('../../src/google/oauth.js', () => ({
    noToken: notHere,
    refreshAccessToken: (_client: unknown, token: string, _facts: unknown, signal: AbortSignal) =>
      refresh(token, signal),
    revokeToken: (_client: unknown, token: string, signal: AbortSignal) => revoke(token, signal),
  }));
  jest.unstable_mockModule('../../src/google/metadata.js', () => ({
    oauthEndpoints: (_issuer: unknown, signal: AbortSignal) =>
      visitOf(signal).visitor.gate('metadata of Google', () => ({
        tokenEndpoint: ISSUER,
        revocationEndpoint: ISSUER,
      })),
  }));
  jest.unstable_mockModule('../../src/google/transport.js', () => ({
    postForm: notHere,
    postJson: notHere,
    newOAuth2Client: () => null,
  }));
  jest.unstable_mockModule('../../src/google/gmail.js', () => ({
    sendMessage: (
      _issuer: unknown,
      token: string,
      _message: unknown,
      signal: AbortSignal,
      { account }: { readonly account: string },
    ) => send(token, signal, account),
  }));
  jest.unstable_mockModule('../../src/mail/message/test-message.js', () => ({
    referenceOf: () => REFERENCE,
    composeTestMessage: () => Buffer.from(''),
  }));
  jest.unstable_mockModule('../../src/sign-in/browser-sign-in.js', () => ({ signIn }));
}

/** Nobody asks for what these would give: no model has a service account. */
function notHere(): never {
  throw new Error('not in this Google');
}

async function signIn(
  { expectedAccount }: SignInRequest,
  { signal }: { readonly signal: AbortSignal },
): Promise<PendingSignIn> {
  const { google, visitor } = visitOf(signal);
  const account = visitor.signsIn(expectedAccount);
  return visitor.gate('sign in at Google', () => {
    if (account === null) throw refusal('consent-denied');
    const isExpected = account.email === expectedAccount;
    if (!isExpected && !visitor.agreesTo(account)) throw refusal('account-mismatch');
    const { token: refreshToken } = google.grant(account);
    return {
      identity: { ...account, hostedDomain: null },
      tokens: {
        accessToken: `access-${refreshToken}`,
        expiresAt: 0,
        refreshToken,
        refreshTokenLife: null,
        scopes: [],
        idToken: null,
      },
      finish: async () => undefined,
    };
  });
}

function refresh(token: string, signal: AbortSignal): Promise<AccessToken> {
  const { google, visitor } = visitOf(signal);
  return visitor.gate('refresh at Google', () => {
    const grant = google.grantOf(token);
    if (grant?.endedBy !== null) {
      throw new MailError('sign-in-needed', 'Google ended it.', 'Sign in.', {
        reason: 'revoked-or-expired',
      });
    }
    visitor.accepted(grant);
    return { token: `access-${token}`, expiresAt: Date.now() + 3_600_000 };
  });
}

function revoke(token: string, signal: AbortSignal): Promise<'revoked' | 'gone-already'> {
  const { google, visitor } = visitOf(signal);
  return visitor.gate('revoke at Google', () => {
    const grant = google.grantOf(token);
    if (grant === undefined || grant.endedBy !== null) return 'gone-already';
    google.onRevoke(grant, visitor);
    google.end(grant.subject, visitor);
    return 'revoked';
  });
}

function send(token: string, signal: AbortSignal, account: string): Promise<string> {
  const { google, visitor } = visitOf(signal);
  return visitor.gate('send by Gmail', () => {
    const grant = google.grantOf(token);
    if (grant?.endedBy !== null) {
      throw new MailError('sign-in-needed', 'Google ended it.', 'Sign in.', {
        reason: 'revoked-or-expired',
        sent: 'no',
      });
    }
    visitor.sent(grant, account);
    return google.accept(grant);
  });
}

function visitOf(signal: AbortSignal) {
  const found = visits.get(signal);
  if (found === undefined) throw new TypeError('nobody of this signal visits Google');
  return found;
}

function refusal(code: 'consent-denied' | 'account-mismatch'): MailError {
  return new MailError(code, 'The sign-in was refused.', 'Sign in again.');
}
