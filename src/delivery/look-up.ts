/** Looks up all that is judged, at the same time as far as it can be, within a time limit. */

import { dkimNames } from './dkim.js';
import { dmarcName } from './dmarc.js';
import { type Answer, type DnsResolver, UNKNOWN } from './dns.js';
import { LOOK_UPS_MAX, spfReferences, type TxtRecords } from './spf.js';
import { isGmail, type Subject } from './subject.js';

/** What the DNS says. */
export interface DnsFacts {
  readonly txt: TxtRecords;
  /** The mail servers of the sender's domain. */
  readonly mx: Answer<string>;
  /** The name servers of the sender's organisation: they tell where its DNS is looked after. */
  readonly ns: Answer<string>;
}

/** Never throws, and ends with the signal. */
export async function lookUp(
  { senderDomain, accountDomain }: Subject,
  resolver: DnsResolver,
  signal: AbortSignal,
): Promise<DnsFacts> {
  const txt = new Map<string, Answer<string>>();
  const ask = async (name: string): Promise<Answer<string>> => {
    const answer = await orUnknown(resolver.txt(name, signal), signal);
    txt.set(name, answer);
    return answer;
  };
  const isOwn = !isGmail(accountDomain);
  const signers = [senderDomain.name, ...(isOwn ? [accountDomain.name] : [])];
  const names = [
    ...[senderDomain.name, senderDomain.organisation].map(dmarcName),
    ...signers.flatMap(dkimNames),
  ];
  const [mx, ns] = await Promise.all([
    orUnknown(resolver.mx(senderDomain.name, signal), signal),
    orUnknown(resolver.ns(senderDomain.organisation, signal), signal),
    ...[...new Set(names)].map(ask),
    isOwn ? lookUpSpf(accountDomain.name, ask) : null,
  ]);
  return { txt, mx, ns };
}

/** More than any record that receivers still follow refers to. */
const NAMES_MAX = 3 * LOOK_UPS_MAX;

/** Follows what SPF records refer to, level by level. */
async function lookUpSpf(
  domain: string,
  ask: (name: string) => Promise<Answer<string>>,
): Promise<void> {
  const asked = new Set<string>();
  let level = [domain];
  while (level.length > 0 && asked.size < NAMES_MAX) {
    for (const name of level) asked.add(name);
    const answers = await Promise.all(level.map(ask));
    const next = answers.flatMap((answer) =>
      answer.kind === 'found' ? spfReferences(answer.records) : [],
    );
    level = [...new Set(next)].filter((name) => !asked.has(name)).slice(0, NAMES_MAX);
  }
}

/** A resolver that does not heed the signal holds nobody up either. */
function orUnknown<T>(answer: Promise<Answer<T>>, signal: AbortSignal): Promise<Answer<T>> {
  return new Promise((resolve) => {
    const end = () => resolve(UNKNOWN);
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    answer.then(resolve, end).finally(() => signal.removeEventListener('abort', end));
  });
}
