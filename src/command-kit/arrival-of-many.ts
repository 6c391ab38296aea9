/** Will it arrive? Asked of the DNS for many sites, once for each domain, while the sites are switched. */

import {
  type AssessDelivery,
  type DeliveryAttention,
  deliveryAttention,
} from '../delivery/report.js';
import type { DeliveryQuestion } from '../delivery/subject.js';

/** A DNS that gave no answer so often in a row is not asked any more: each time takes 3 seconds. */
const SILENT_MOST = 3;

/** What needs attention about a sender; never an error. */
export type ArrivalOfMany = (
  question: DeliveryQuestion | null,
) => Promise<readonly DeliveryAttention[]>;

/** @param assess null where the DNS is not asked */
export function arrivalOfMany(assess: AssessDelivery | null): ArrivalOfMany {
  const known = new Map<string, Promise<readonly DeliveryAttention[]>>();
  let silent = 0;

  async function ask(question: DeliveryQuestion, by: AssessDelivery) {
    const found = await by(question).then(deliveryAttention, () => []);
    silent = found.some(({ code }) => code === 'dns-unknown') ? silent + 1 : 0;
    return found;
  }

  return async (question) => {
    if (assess === null || question === null) return [];
    const key = [question.sender, question.account].map(domainOf).join(' ');
    const before = known.get(key);
    if (before !== undefined) return before;
    if (silent >= SILENT_MOST) return [];
    const asked = ask(question, assess);
    known.set(key, asked);
    return asked;
  };
}

function domainOf(address: string | null): string {
  return address?.slice(address.lastIndexOf('@') + 1).toLowerCase() ?? '';
}
