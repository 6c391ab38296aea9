/** What sending needs of a command's context. */

import { useDeps } from '../../command-kit/on-site.js';
import type { Context } from '../../context/context.js';
import type { SendPorts } from '../../outbound/send-mail.js';
import { PATHWAY_WORDS } from '../../terminal/status-view.js';

/** The ports for one message. */
export function portsOf(context: Context): SendPorts {
  return {
    signal: context.signal,
    mailServer: context.environment.mailServer,
    sessions: null,
    now: context.now,
    credentials: () => context.credentials(),
    connectionDeps: () => useDeps(context, 'send'),
    onSending: (way) => {
      if (context.streams.stderr.isTTY)
        context.reporter.waiting(`Sending by ${PATHWAY_WORDS[way]}`);
    },
  };
}
