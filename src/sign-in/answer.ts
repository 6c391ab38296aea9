/** Google's authorization response on the redirect: accepted once, and only if it belongs to this sign-in. */

import { timingSafeEqual } from 'node:crypto';

export interface AnswerExpectation {
  readonly state: string;
  readonly issuer: string;
  /** The issuer's metadata promise an `iss` (RFC 9207 2.4): then an answer without one is not from the issuer. */
  readonly promisesIss: boolean;
}

/** An answer that belongs to this sign-in. */
export type Answer =
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'error'; readonly error: string; readonly description: string | null };

/** Why an answer is not accepted; the sign-in goes on. */
export type Refusal = 'wrong-state' | 'wrong-issuer' | 'no-code';

/**
 * Judges the parameters of a redirect.
 * Each parameter may occur once (RFC 6749 3.1): a repeated one is an attempt to be read in two ways.
 */
export function judgeAnswer(
  parameters: URLSearchParams,
  expected: AnswerExpectation,
): Answer | Refusal {
  const state = single(parameters, 'state');
  if (state === null || !equalInConstantTime(state, expected.state)) return 'wrong-state';
  const issuers = parameters.getAll('iss');
  const isIssuerFine =
    issuers.length === 0
      ? !expected.promisesIss
      : issuers.length === 1 && issuers[0] === expected.issuer;
  if (!isIssuerFine) return 'wrong-issuer';
  const code = single(parameters, 'code');
  const error = single(parameters, 'error');
  if (error !== null && !parameters.has('code')) {
    return { kind: 'error', error, description: single(parameters, 'error_description') };
  }
  if (code !== null && !parameters.has('error')) return { kind: 'code', code };
  return 'no-code';
}

function single(parameters: URLSearchParams, name: string): string | null {
  const values = parameters.getAll(name);
  return values.length === 1 && values[0] !== '' ? (values[0] ?? null) : null;
}

function equalInConstantTime(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
