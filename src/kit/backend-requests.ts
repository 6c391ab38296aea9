/** Requests to a backend of WriteUpp’s settings, by the same route as requests to Google; failures are explained. */

import { interrupted, MailError } from '../errors.js';
import { readFailure } from '../google/failure.js';
import { NAME_LOOKUP, TIMED_OUT } from '../google/network-failure.js';
import { textExchanges } from '../google/transport.js';
import type { SendHttp } from '../stores/http/client.js';
import { CERTIFICATE_DATES, CERTIFICATE_NAME, UNTRUSTED_CERTIFICATE } from '../tls-errors.js';

/** The limits of a response: its time in milliseconds, and its length. */
const TIMEOUT_MS = 10_000;
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * @param timeoutMs the limit for a whole response, however slowly it arrives
 * @throws MailError `invalid-settings` for a proxy that can't be used
 */
export function backendRequests(timeoutMs = TIMEOUT_MS): SendHttp {
  const exchange = textExchanges(timeoutMs, MAX_BYTES);
  return async (request, signal) => {
    try {
      return await exchange(request, signal);
    } catch (error) {
      if (signal?.aborted) throw interrupted();
      throw unreached(error, new URL(request.url).host);
    }
  };
}

/** Codes of failed connections, and what they mean. */
const MEANINGS: readonly (readonly [codes: readonly string[], what: string, hint: string])[] = [
  [
    UNTRUSTED_CERTIFICATE,
    'its certificate is not one that this computer trusts',
    'Antivirus software or an office firewall may be opening the encrypted connection: put its root certificate into NODE_EXTRA_CA_CERTS.',
  ],
  [
    CERTIFICATE_DATES,
    'its certificate is out of date, or the clock of this computer is wrong',
    'Set the date and time of this computer to automatic.',
  ],
  [CERTIFICATE_NAME, 'another server answered in its place', 'Try another network.'],
  [NAME_LOOKUP, 'no computer of that name was found', 'Check the address in WRITEUPP_MAIL_STORE.'],
  [TIMED_OUT, 'it did not answer in time', 'Try again in a few minutes.'],
];

/** An error from outside may contain the token: only its code is used. */
function unreached(error: unknown, host: string): MailError {
  const { networkCode = '', proxyAnswer, viaProxy, beforeSending } = readFailure(error, 'discover');
  // It would be just as long next time.
  if (networkCode === 'ERR_TOO_LONG') {
    return new MailError(
      'store-refused',
      `WriteUpp’s settings at ${host}: the answer is longer than any answer may be.`,
      'Check the address in WRITEUPP_MAIL_STORE.',
    );
  }
  const isOfProxy = viaProxy && beforeSending && !isCertificate(networkCode);
  if (proxyAnswer || isOfProxy) {
    return new MailError(
      'proxy',
      `The web proxy of this network did not let this program reach WriteUpp’s settings at ${host}.`,
      `Ask the person who looks after your computers to allow ${host}, and check HTTPS_PROXY.`,
    );
  }
  const [, what, hint] = MEANINGS.find(([codes]) => codes.includes(networkCode)) ?? [
    [],
    'the connection failed',
    'Check the internet connection, and try again in a few minutes.',
  ];
  return new MailError(
    'network',
    `WriteUpp’s settings at ${host} were not reached: ${what}.`,
    hint,
  );
}

function isCertificate(code: string): boolean {
  return [UNTRUSTED_CERTIFICATE, CERTIFICATE_DATES, CERTIFICATE_NAME].some((codes) =>
    (codes as readonly string[]).includes(code),
  );
}
