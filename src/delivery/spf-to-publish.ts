/** The SPF record to publish: what is there now, with Google in it. */

import { GOOGLE_SPF } from './google-senders.js';
import { parseSpf, type SpfTerm } from './spf-record.js';

const GOOGLE_TERM = `include:${GOOGLE_SPF}`;

/** A record to publish, and what of the present ones is not in it. */
export interface SpfToPublish {
  readonly value: string;
  /** Terms that no receiver can read: left out, because they make the whole record useless. */
  readonly leftOut: readonly string[];
}

/**
 * One record of all that are there. Google stands first: within the ten look-ups, and before anything that ends the
 * reading (RFC 7208, sections 4.6.4 and 5.1). Everybody else who may send stays.
 *
 * @param published the SPF records that the domain has now
 */
export function spfToPublish(published: readonly string[]): SpfToPublish {
  const all = published.map(parseSpf);
  const terms = all.flatMap((record) => beforeAll(record));
  const kept = terms.filter((term) => term.kind !== 'faulty' && !namesGoogle(term));
  const mechanisms = kept.filter(({ kind }) => kind === 'mechanism').map(({ text }) => text);
  const redirects = kept.flatMap((term) => (term.kind === 'redirect' ? [term] : []));
  const others = kept.filter(({ kind }) => kind === 'modifier').map(({ text }) => text);
  const ends = all.flatMap((record) => record.filter(isAll).slice(0, 1)).map(({ text }) => text);
  const [end] = ends;
  return {
    value: unique([
      ...['v=spf1', GOOGLE_TERM, ...mechanisms],
      ...endOf(published, end, ends, redirects),
      ...others.slice(0, 1),
    ]).join(' '),
    leftOut: terms.filter(({ kind }) => kind === 'faulty').map(({ text }) => text),
  };
}

/** How the record ends: as the present one does; where two differ, "~all" refuses nobody by mistake. */
function endOf(
  published: readonly string[],
  end: string | undefined,
  ends: readonly string[],
  redirects: readonly Extract<SpfTerm, { kind: 'redirect' }>[],
): string[] {
  const [redirect] = redirects;
  // A single record that goes on elsewhere, or that ends on nothing, keeps its meaning.
  if (published.length === 1 && end === undefined)
    return redirect === undefined ? [] : [redirect.text];
  const included = redirects.map(({ domain }) => `include:${domain}`);
  const isAgreed = end !== undefined && ends.every((other) => other === end);
  return [...included, isAgreed ? end : '~all'];
}

/** What stands before "all" (what stands behind it is never read), and the modifiers, which may stand anywhere. */
function beforeAll(record: readonly SpfTerm[]): SpfTerm[] {
  const end = record.findIndex(isAll);
  return record.filter((term, index) => {
    if (term.kind === 'redirect') return end === -1;
    return end === -1 || index < end || term.kind === 'modifier' || term.kind === 'faulty';
  });
}

function isAll(term: SpfTerm): boolean {
  return term.kind === 'mechanism' && term.name === 'all';
}

function namesGoogle(term: SpfTerm): boolean {
  return term.kind === 'mechanism' && term.name === 'include' && term.value === GOOGLE_SPF;
}

function unique(texts: readonly string[]): string[] {
  const seen = new Set(texts.map((text) => text.toLowerCase()));
  return texts.filter((text) => seen.delete(text.toLowerCase()));
}
