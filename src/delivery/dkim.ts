/** Google's key for a domain, which verifies its signature (RFC 6376, section 3.6): judged and described. */

import { createPublicKey } from 'node:crypto';
import type { DnsAnswers } from './dns.js';
import { type Finding, notAnswered, nothingToDo, SHOW_ORIGINAL } from './finding.js';
import { type DnsKeeper, isMailProvider, whoKeeps } from './who.js';

/**
 * The names under which Google's key is usually published. The Admin console proposes "google"; an administrator is
 * free to choose another (support.google.com/a/answer/180504), so a key may exist without being found.
 */
const SELECTORS = ['google', 'google1', 'google2', 'google2048'] as const;

/** The page of Google's Admin console where the key is generated and signing is turned on. */
export const ADMIN_PAGE = 'Apps > Google Workspace > Gmail > Authenticate email';

interface KeyJudgement {
  readonly key:
    | 'found'
    /** No receiver can use it. */
    | 'damaged'
    /** Published empty: revoked (section 3.6.1). */
    | 'withdrawn'
    | 'not-found'
    | 'no-answer';
  /** What is wrong with a damaged key, as a sentence. */
  readonly fault: string;
}

export interface DkimJudgement extends KeyJudgement {
  readonly domain: string;
  /** Where the key is published, or where it usually would be. */
  readonly name: string;
}

/** The names to look up. */
export function dkimNames(domain: string): string[] {
  return SELECTORS.map((selector) => `${selector}._domainkey.${domain}`);
}

/** Judges from what was looked up. Never throws. */
export function judgeDkim(domain: string, answers: DnsAnswers): DkimJudgement {
  const keys = dkimNames(domain).map((name) => ({ domain, name, ...keyAt(name, answers) }));
  for (const wanted of ['found', 'damaged', 'withdrawn', 'no-answer'] as const) {
    const one = keys.find(({ key }) => key === wanted);
    if (one !== undefined) return one;
  }
  return { domain, name: keys[0]?.name ?? domain, key: 'not-found', fault: '' };
}

function keyAt(name: string, answers: DnsAnswers): KeyJudgement {
  const answer = answers.get(name);
  if (answer === undefined || answer.kind === 'unknown') return { key: 'no-answer', fault: '' };
  // There may be other records under this name, for example from a wildcard for the whole domain.
  const records = answer.kind === 'found' ? answer.records.filter(isMeantAsKey) : [];
  const [record, another] = new Set(records);
  if (record === undefined) return { key: 'not-found', fault: '' };
  // Section 3.6.2.2: what receivers make of two is undefined.
  if (another !== undefined) {
    return { key: 'damaged', fault: 'More than one key stands there, and only one is allowed.' };
  }
  const { key, fault } = judgeKey(record);
  return key === 'damaged' && /["'“”‘’\\]/.test(record)
    ? {
        key,
        fault: 'There are quotation marks or backslashes in it, which only a zone file needs.',
      }
    : { key, fault };
}

function isMeantAsKey(record: string): boolean {
  if (/^[^a-z]*v\s*=(?!\s*dkim)/i.test(record) && !/[;\s]k\s*=/i.test(record)) return false;
  return /dkim|(?:^|[^a-z\d])p\s*=|^[^a-z\d]*MI[GI][a-z\d]/i.test(record);
}

/** Section 3.6.1, RFC 8301 (section 3) and RFC 8463 (section 4). Google signs with RSA and SHA-256. */
function judgeKey(record: string): KeyJudgement {
  const damaged = (fault: string): KeyJudgement => ({ key: 'damaged', fault });
  const tags = /^[\t\r\n -~]*$/.test(record) ? readTags(record) : null;
  if (tags === null) return damaged('It is mistyped.');
  const [first] = tags.keys();
  if (tags.has('v') && (first !== 'v' || tags.get('v') !== 'DKIM1')) {
    return damaged('It has to begin with "v=DKIM1;", in capital letters.');
  }
  const kind = (tags.get('k') ?? 'rsa').toLowerCase();
  if (kind !== 'rsa' && kind !== 'ed25519')
    return damaged('It is of a kind that nobody knows (k=).');
  if (!names(tags.get('h'), ['sha256'])) return damaged('It is not for SHA-256 (h=).');
  if (!names(tags.get('s'), ['*', 'email'])) return damaged('It is not for email (s=).');
  const key = tags.get('p')?.replace(/\s+/g, '');
  if (key === undefined) return damaged('The key itself is missing (p=).');
  if (key === '') return { key: 'withdrawn', fault: '' };
  const fault = faultOfKey(key, kind);
  if (fault !== null) return damaged(fault);
  // Intact, but not for Google's signature: receivers need a key of the same type (RFC 6376, section 6.1.2).
  if (kind !== 'rsa')
    return damaged(`It is for another kind of signature (k=${kind}): Google signs with RSA.`);
  return { key: 'found', fault: '' };
}

/** Whether a list contains one of these; a missing list allows anything. */
function names(list: string | undefined, wanted: readonly string[]): boolean {
  return list?.split(':').some((one) => wanted.includes(one.trim().toLowerCase())) ?? true;
}

const CUT_OFF = 'It was cut off or mistyped when it was published.';

function faultOfKey(base64: string, kind: string): string | null {
  if (!/^(?:[a-z\d+/]{4})*(?:[a-z\d+/]{2}==|[a-z\d+/]{3}=)?$/i.test(base64)) return CUT_OFF;
  const bytes = Buffer.from(base64, 'base64');
  // The bare 32 octets, without an envelope.
  if (kind === 'ed25519') return bytes.length === 32 ? null : CUT_OFF;
  try {
    const key = createPublicKey({ key: bytes, format: 'der', type: 'spki' });
    // Receivers don't read anything after the key, nor a key that is not RSA.
    const isWhole = key.export({ format: 'der', type: 'spki' }).equals(bytes);
    if (key.asymmetricKeyType !== 'rsa' || !isWhole) return CUT_OFF;
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    return bits < 1024
      ? `It has ${bits} bits, and receivers accept no key of fewer than 1024.`
      : null;
  } catch {
    return CUT_OFF;
  }
}

/** The tags of a list, `a=b; c=d` (section 3.2); null if it isn't one: a duplicate tag invalidates all of it. */
export function readTags(list: string): ReadonlyMap<string, string> | null {
  const tags = new Map<string, string>();
  for (const part of list.split(';')) {
    if (/^[ \t\r\n]*$/.test(part)) continue;
    const [, name, value] = /^[ \t\r\n]*([a-z]\w*)[ \t\r\n]*=(.*)$/is.exec(part) ?? [];
    if (name === undefined || value === undefined || tags.has(name)) return null;
    tags.set(name, value.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ''));
  }
  return tags;
}

/** @param keeper of the domain's DNS */
export function findDkim({ domain, key, name, fault }: DkimJudgement, keeper: DnsKeeper): Finding {
  if (key === 'no-answer') {
    return notAnswered('dkim', `Whether Google’s DKIM key for ${domain} is there`);
  }
  if (key === 'found') {
    return nothingToDo(
      'dkim',
      'good',
      `Google’s DKIM key for ${domain} is there (${name}). Google signs with it once "Start authentication" was pressed in its Admin console, which can’t be seen from here.`,
    );
  }
  const isProvider = isMailProvider(domain);
  const message = {
    damaged: `Google’s DKIM key for ${domain} (${name}) can’t be used. ${fault} Receivers treat the signature as false.`,
    withdrawn: `Google’s DKIM key for ${domain} (${name}) was published empty, which takes it back. Receivers treat the signature as false.`,
    'not-found': `Google’s DKIM key for ${domain} is not at its usual place (${name}). Whether it has another can’t be checked from here. If there is none, Google signs with a domain of its own (gappssmtp.com), which proves nothing about yours.`,
  }[key];
  return {
    ...{ topic: 'dkim', status: 'warning', code: 'dkim-without-google', message },
    hint: isProvider
      ? `Nobody but ${domain} itself can have Google sign for it: use the Google account’s own address as the sender.`
      : howToFix(domain, name, keeper),
    record: isProvider ? null : { name, type: 'TXT', value: null, replaces: [] },
  };
}

function howToFix(domain: string, name: string, keeper: DnsKeeper): string {
  return [
    `Your Google Workspace administrator makes the key: admin.google.com, ${ADMIN_PAGE}, domain ${domain}, "Generate new record".`,
    `${whoKeeps(keeper)} publishes it as a TXT record at ${name}.`,
    'The administrator then presses "Start authentication" on the same page.',
    SHOW_ORIGINAL,
  ].join('\n');
}
