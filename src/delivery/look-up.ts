/** Looks up everything that is judged, as much as possible in parallel, within a time limit. */

import { dkimNames } from './dkim.js';
import { dmarcName, namesUp } from './dmarc.js';
import { type DnsAnswer, type DnsAnswers, type DnsResolver, UNKNOWN } from './dns.js';
import { QUESTIONS_MAX, spfQuestions } from './spf.js';
import type { Subject } from './subject.js';

export interface DnsFacts {
  readonly answers: DnsAnswers;
  /** The name servers of the sender's registered domain: they show who hosts its DNS. */
  readonly ns: DnsAnswer<string>;
}

/** Never throws, and ends with the signal. */
export async function lookUp(
  { senderDomain, accountDomain, isElsewhere }: Subject,
  resolver: DnsResolver,
  signal: AbortSignal,
): Promise<DnsFacts> {
  const answers = new Map<string, DnsAnswer<string>>();
  const ask = async (question: string): Promise<DnsAnswer<string>> => {
    const [name = '', type] = question.split(' ').reverse();
    const asked =
      type === 'A'
        ? resolver.addresses(name, signal)
        : type === 'MX'
          ? resolver.mx(name, signal)
          : resolver.txt(name, signal);
    const answer = await orUnknown(asked, signal);
    answers.set(question, answer);
    return answer;
  };
  const judged = (isElsewhere ? [senderDomain] : [senderDomain, accountDomain]).map(
    ({ name }) => name,
  );
  const names = [
    senderDomain.name,
    ...judged.flatMap(namesUp).map(dmarcName),
    ...(isElsewhere ? [] : judged.flatMap(dkimNames)),
  ].filter((name) => isElsewhere || name !== accountDomain.name);
  const [ns] = await Promise.all([
    orUnknown(resolver.ns(senderDomain.registered, signal), signal),
    ...[...new Set(names)].map(ask),
    isElsewhere ? null : lookUpSpf(accountDomain.name, ask),
  ]);
  return { answers, ns };
}

/** Follows the references in SPF records; a slow name does not hold up the others. */
async function lookUpSpf(
  question: string,
  ask: (question: string) => Promise<DnsAnswer<string>>,
  asked: Set<string> = new Set(),
): Promise<void> {
  if (asked.has(question) || asked.size >= QUESTIONS_MAX) return;
  asked.add(question);
  const answer = await ask(question);
  const next = answer.kind === 'found' ? spfQuestions(answer.records, question) : [];
  await Promise.all(next.map((one) => lookUpSpf(one, ask, asked)));
}

/** Nor does a resolver that ignores the signal hold anybody up. */
function orUnknown<T>(answer: Promise<DnsAnswer<T>>, signal: AbortSignal): Promise<DnsAnswer<T>> {
  return new Promise((resolve) => {
    const end = () => resolve(UNKNOWN);
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    answer.then(resolve, end).finally(() => signal.removeEventListener('abort', end));
  });
}
