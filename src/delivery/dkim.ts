/** Whether the key is there with which Google signs for a domain (RFC 6376, section 3.6). */

import { createPublicKey } from 'node:crypto';
import type { TxtRecords } from './spf.js';
import { readTags } from './tag-list.js';

/**
 * Under which names Google's key usually stands. The Admin console proposes "google"; whoever chooses another one
 * is free to (support.google.com/a/answer/180504), so that a key may be there and not be found.
 */
export const SELECTORS = ['google', 'google1', 'google2', 'google2048'] as const;

/** The judgement. */
export interface DkimJudgement {
  readonly domain: string;
  readonly key:
    | 'found'
    /** It can't be read: cut off, as forms for DNS records do with long ones, or mistyped. */
    | 'damaged'
    /** Published empty: taken back (section 3.6.1). */
    | 'withdrawn'
    | 'not-found'
    | 'no-answer';
  /** Where it stands, or where it would usually stand. */
  readonly name: string;
}

/** The names to look up. */
export function dkimNames(domain: string): string[] {
  return SELECTORS.map((selector) => `${selector}._domainkey.${domain}`);
}

/** Judges by what was looked up. Never throws. */
export function judgeDkim(domain: string, txt: TxtRecords): DkimJudgement {
  const names = dkimNames(domain);
  const keys = names.map((name) => ({ domain, name, key: keyAt(name, txt) }));
  for (const wanted of ['found', 'damaged', 'withdrawn', 'no-answer'] as const) {
    const one = keys.find(({ key }) => key === wanted);
    if (one !== undefined) return one;
  }
  return { domain, name: names[0] ?? domain, key: 'not-found' };
}

function keyAt(name: string, txt: TxtRecords): DkimJudgement['key'] {
  const answer = txt.get(name);
  if (answer === undefined || answer.kind === 'unknown') return 'no-answer';
  if (answer.kind !== 'found') return 'not-found';
  // Other records may stand there too, for example by a wildcard for the whole domain.
  const keys = answer.records.map(readTags).filter((tags) => tags?.has('p'));
  const [key] = keys;
  if (key === undefined || key === null) return 'not-found';
  const value = key.get('p')?.replace(/\s+/g, '') ?? '';
  if (value === '') return 'withdrawn';
  return isPublicKey(value, key.get('k') ?? 'rsa') ? 'found' : 'damaged';
}

function isPublicKey(base64: string, kind: string): boolean {
  const key = Buffer.from(base64, 'base64');
  // RFC 8463, section 4: the 32 octets themselves.
  if (kind.toLowerCase() === 'ed25519') return key.length === 32;
  try {
    return createPublicKey({ key, format: 'der', type: 'spki' }).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
