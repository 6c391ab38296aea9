/** Asks the DNS whether a site's email will arrive, and says what is waited for. */

import type { Context } from '../context/context.js';
import type { AssessDelivery } from '../delivery/report.js';

/** Null where the DNS is not asked (see `Context.delivery`). */
export async function deliveryPort(context: Context): Promise<AssessDelivery | null> {
  const assess = await context.delivery();
  if (assess === null) return null;
  return async (question) => {
    const stop = context.reporter.waiting(
      `Reading the DNS for ${question.sender} (3 seconds at most)`,
    );
    try {
      return await assess(question);
    } finally {
      stop();
    }
  };
}
