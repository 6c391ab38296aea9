/** The wait for Google's answer: the browser opened, pastes taken, and refusals that the person may not have given. */

import type { Arrival, CallbackServer } from './callback-server.js';
import type { Deadline } from './deadline.js';
import { signInTimedOut } from './outcome.js';
import { readPaste } from './pasted-address.js';
import type { PageAddress, SignInPorts, SignInRequest } from './ports.js';

/** What one wait works with. */
export interface Wait {
  readonly server: CallbackServer;
  readonly deadline: Deadline;
  readonly request: SignInRequest;
  readonly ports: SignInPorts;
  /** When the time is over. */
  readonly until: Date;
  /** Google's page. */
  readonly url: string;
  /** A person reads what the terminal says before the browser covers it; not again for a second request. */
  readonly waitsForEnter: boolean;
  /** Tells the browser of a refusal, and asks the person about it. Absent where nobody can be asked. */
  readonly weigh: ((arrival: Arrival, signal: AbortSignal) => Promise<'stop' | 'wait'>) | null;
  /** Tells the browser of a further refusal while the person is asked about the first. */
  readonly tell: (arrival: Arrival) => void;
}

/**
 * Makes the function that waits for the next answer to judge: a code, or a refusal that ends the sign-in.
 * It throws `sign-in-timeout` or `interrupted`, and may be called again where a paste was none of Google's.
 */
export function answersOf(wait: Wait): () => Promise<Arrival> {
  const talk = conversation(wait);
  return async () => {
    for (;;) {
      const arrival = await nextArrival(wait, talk);
      if (arrival.answer.kind === 'code' || arrival.isPasted || wait.weigh === null) return arrival;
      const weighed = await weigh(arrival, wait, wait.weigh);
      if (weighed !== 'wait') return weighed;
    }
  };
}

/** Listens while the terminal talks with the person; whichever brings an answer first. */
async function nextArrival(
  { server, deadline, request }: Wait,
  talk: (signal: AbortSignal) => Promise<void>,
): Promise<Arrival> {
  const over = new AbortController();
  const talking = talk(AbortSignal.any([over.signal, deadline.signal]));
  // The end of the talk is no answer; its failure ends the wait.
  const failure = talking.then(() => new Promise<never>(() => undefined));
  try {
    const arrival = await Promise.race([server.arrivals.first(), deadline.over, failure]);
    if (arrival === 'time-out') throw signInTimedOut(request.timeoutMs);
    server.arrivals.drop();
    return arrival;
  } finally {
    over.abort();
    // A prompt that is open must give the terminal back before anything else is asked.
    await talking.catch(() => undefined);
  }
}

/**
 * A refusal came from the browser. Whoever opened the one-time address first, before the person did, knows the
 * `state` and can have sent it: so the person is asked, and an answer that comes meanwhile counts.
 *
 * @returns the answer that came, the refusal if the person stops, or `wait`
 */
async function weigh(
  refusal: Arrival,
  { server, deadline, request, tell }: Wait,
  ask: NonNullable<Wait['weigh']>,
): Promise<Arrival | 'wait'> {
  const answered = new AbortController();
  const asking = ask(refusal, AbortSignal.any([answered.signal, deadline.signal]));
  asking.catch(() => undefined);
  try {
    for (;;) {
      const event = await Promise.race([asking, server.arrivals.first(), deadline.over]);
      if (event === 'stop') return refusal;
      if (event === 'wait') return 'wait';
      if (event === 'time-out') throw signInTimedOut(request.timeoutMs);
      server.arrivals.drop();
      if (event.answer.kind === 'code') return event;
      tell(event);
    }
  } finally {
    answered.abort();
    await asking.catch(() => undefined);
  }
}

/** What the terminal does meanwhile. Broken off by its signal, it goes on where it was when it is called again. */
function conversation(wait: Wait): (signal: AbortSignal) => Promise<void> {
  const { ports, request } = wait;
  const page = pageOf(wait);
  let isShown = false;
  let mayPaste = false;
  return async (signal) => {
    if (!isShown) {
      if (request.useBrowser && wait.waitsForEnter) await ports.waitForEnter?.(page, signal);
      if (signal.aborted) return;
      isShown = true;
      mayPaste = await showAddress(wait);
    }
    if (mayPaste) await takePastes(wait, signal);
  };
}

/** True if the person was given the address to open by hand, and may paste where it ended. */
async function showAddress(wait: Wait): Promise<boolean> {
  const { server, request, ports, url, until } = wait;
  if (!request.useBrowser) {
    ports.showUrl(url, 'asked-for');
    return true;
  }
  if (await ports.openBrowser(server.oneTimeAddress)) {
    ports.browserOpened(pageOf(wait), { account: request.expectedAccount, until });
    return false;
  }
  ports.showUrl(url, 'no-browser');
  return true;
}

function pageOf({ url, server }: Wait): PageAddress {
  return { url, oneTime: server.oneTimeAddress };
}

async function takePastes({ server, ports }: Wait, signal: AbortSignal): Promise<void> {
  while (ports.askForPaste !== null && !signal.aborted) {
    const text = await ports.askForPaste(signal);
    if (text === null || signal.aborted) return;
    const paste = readPaste(text, server.redirectUri);
    if (paste.kind === 'wrong') ports.pasteNotUnderstood(paste.why);
    else if (paste.kind === 'code') return server.submitCode(paste.code);
    else if (server.submit(paste.parameters) === 'accepted') return;
    else
      ports.pasteNotUnderstood(
        'This address belongs to another sign-in, or was changed on the way.',
      );
  }
}
