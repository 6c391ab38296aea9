/** The form of a case: one answer of Google's, and what the catalogue must make of it. */
import type { ErrorCode, ErrorDetails } from '../../src/errors.js';
import type { FailureFacts } from '../../src/google/explain.js';
import type { Refusal, Requested } from './real-refusal.js';

/** The moment at which the cases happen. */
export const NOW = new Date('2026-09-11T12:00:00Z');

/** One answer of Google's and its explanation. */
export interface HttpCase extends Refusal {
  /** The row that must recognise it. */
  readonly id: string;
  readonly operation: Requested;
  readonly code: ErrorCode;
  readonly details?: ErrorDetails;
  readonly facts?: Partial<FailureFacts>;
}

/** A refusal of the token endpoint (RFC 6749 section 5.2). */
export function token(
  id: string,
  operation: Requested,
  status: number,
  [error, description, subtype]: readonly [string, string?, string?],
  code: ErrorCode,
  more: Pick<HttpCase, 'details' | 'facts'> = {},
): HttpCase {
  const body = { error, error_description: description, error_subtype: subtype };
  return { id, operation, status, body, code, ...more };
}
