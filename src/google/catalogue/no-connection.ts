/** Connections that failed, and web proxies that answered in Google's place. */
import { CERTIFICATE_DATES, CERTIFICATE_NAME, UNTRUSTED_CERTIFICATE } from '../../tls-errors.js';
import { NAME_LOOKUP, TIMED_OUT } from '../network-failure.js';
import type { CatalogueEntry } from './catalogue-entry.js';
import { during, matching } from './match.js';
import { CHECK_SENT_FOLDER } from './words.js';

/** A refused CONNECT looks like Google's own 407 or 403 (https-proxy-agent passes on the proxy's response). */
const PROXY: readonly CatalogueEntry[] = [
  {
    id: 'proxy-password',
    googleSays: 'HTTP 407 (from the web proxy, not Google)',
    when: matching({ proxyAnswer: true, status: 407 }),
    code: 'proxy',
    what: 'The web proxy of this network asked for a user name and password, so Google was not reached.',
    who: 'you',
    hint: [
      'A web proxy is the gateway through which some offices reach the internet.',
      'Ask your IT support for the proxy address with its user name and password.',
      'Put it in the setting HTTPS_PROXY, then run the same command again.',
    ],
  },
  {
    id: 'proxy-cannot-reach',
    googleSays: 'HTTP 500, 502, 503, 504 or 429 (from the web proxy, not Google)',
    when: matching(
      { proxyAnswer: true, status: [500, 599] },
      { proxyAnswer: true, status: 429 },
      { proxyAnswer: true, status: 408 },
    ),
    code: 'proxy',
    what: 'The web proxy of this network could not reach Google.',
    who: 'you',
    hint: [
      'A web proxy is the gateway through which some offices reach the internet.',
      'Try again in a few minutes. If it goes on, ask your IT support.',
    ],
  },
  {
    id: 'proxy-refused',
    googleSays: 'HTTP 403 with no body, or not in Google’s form (from the web proxy)',
    when: matching({ proxyAnswer: true }),
    code: 'proxy',
    what: 'The web proxy of this network does not let this program reach Google.',
    who: 'you',
    hint: [
      'A web proxy is the gateway through which some offices reach the internet.',
      'Ask your IT support to allow: accounts.google.com, oauth2.googleapis.com, www.googleapis.com, gmail.googleapis.com.',
    ],
  },
  {
    id: 'proxy-unreachable',
    googleSays: 'ECONNREFUSED, ENOTFOUND, … while HTTPS_PROXY is set',
    when: matching({
      viaProxy: true,
      beforeSending: true,
      networkCodes: [...NAME_LOOKUP, 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH'],
    }),
    code: 'proxy',
    what: 'The web proxy named in the setting HTTPS_PROXY does not answer, so Google was not reached.',
    who: 'you',
    hint: [
      'Check that this computer is on the office network, and that HTTPS_PROXY holds the right address.',
      'If you no longer need a proxy, remove HTTPS_PROXY.',
    ],
  },
];

const CERTIFICATES: readonly CatalogueEntry[] = [
  {
    id: 'tls-intercepted',
    googleSays: UNTRUSTED_CERTIFICATE.slice(0, 4).join(', '),
    when: matching({ networkCodes: UNTRUSTED_CERTIFICATE }),
    code: 'network',
    what: 'Something between this computer and Google opens the encrypted connection, and this program does not trust it.',
    who: 'you',
    hint: [
      'Most often this is antivirus software or an office firewall that inspects web traffic.',
      'Ask your IT support for its root certificate, as a file.',
      'Put the path of that file in the setting NODE_EXTRA_CA_CERTS, then run the same command again.',
    ],
  },
  {
    id: 'tls-dates',
    googleSays: CERTIFICATE_DATES.join(', '),
    when: matching({ networkCodes: CERTIFICATE_DATES }),
    code: 'network',
    what: 'Google’s security certificate seems to be out of date, which usually means that this computer’s clock is wrong.',
    who: 'you',
    hint: ['Set the date and time of this computer to automatic, then run the same command again.'],
  },
  {
    id: 'tls-wrong-name',
    googleSays: CERTIFICATE_NAME.join(', '),
    when: matching({ networkCodes: CERTIFICATE_NAME }),
    code: 'network',
    what: 'Something else answered in Google’s place.',
    who: 'you',
    hint: [
      'Guest Wi-Fi does this until its welcome page has been accepted: open any web page in your browser first.',
      'If it goes on, use another network.',
    ],
  },
  {
    id: 'tls-failed',
    googleSays: 'EPROTO, TLS handshake failure',
    when: matching({ networkCodes: ['EPROTO'], beforeSending: true }),
    code: 'network',
    what: 'The answer was not an encrypted one, so the connection to Google was not used.',
    who: 'you',
    hint: [
      'A web proxy or firewall may be in the way: try another network, such as a phone’s hotspot.',
      'If you use a proxy, check the address in HTTPS_PROXY.',
    ],
  },
];

const CONNECTIONS: readonly CatalogueEntry[] = [
  {
    id: 'no-name',
    googleSays: NAME_LOOKUP.slice(0, 2).join(', '),
    when: matching({ networkCodes: NAME_LOOKUP }),
    code: 'network',
    what: 'This computer could not find Google on the internet.',
    who: 'you',
    hint: [
      'Check the internet connection (does a web page open?), then run the same command again.',
    ],
  },
  {
    id: 'not-connected',
    googleSays: 'ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, connect ETIMEDOUT',
    when: matching({ networkCodes: 'any', beforeSending: true }),
    code: 'network',
    what: 'This computer could not connect to Google.',
    who: 'you',
    hint: [
      'Check the internet connection, then run the same command again.',
      'If web pages open, a firewall may be stopping this program: ask your IT support.',
    ],
  },
  {
    id: 'send-answer-lost',
    googleSays: 'Time-out, ECONNRESET or a cut answer while sending',
    when: during(['send'], { networkCodes: 'any' }),
    code: 'delivery-unknown',
    what: 'The connection broke before Gmail answered, so it is not known whether the message was sent.',
    who: 'you',
    hint: [CHECK_SENT_FOLDER],
    sent: 'unknown',
  },
  {
    id: 'code-answer-lost',
    googleSays: 'Time-out, ECONNRESET or a cut answer at the end of the sign-in',
    when: during(['exchange-code'], { networkCodes: 'any' }),
    code: 'network',
    what: 'The connection to Google broke at the last step of the sign-in.',
    who: 'you',
    // RFC 6749 section 4.1.2: a code must not be used twice.
    hint: [
      'A sign-in can’t be picked up half-way: check the internet connection, then sign in again.',
    ],
  },
  {
    id: 'timed-out',
    googleSays: 'Time-out (AbortError, ETIMEDOUT)',
    when: matching({ networkCodes: TIMED_OUT }),
    code: 'network',
    what: 'Google did not answer in time.',
    who: 'you',
    hint: ['Check the internet connection, then run the same command again.'],
  },
  {
    id: 'connection-broke',
    googleSays: 'ECONNRESET, EPIPE, premature close',
    when: matching({ networkCodes: 'any' }),
    code: 'network',
    what: 'The connection to Google broke.',
    who: 'you',
    hint: ['Check the internet connection, then run the same command again.'],
  },
];

/** Proxies come first, since their responses look like Google's. */
export const NETWORK_ENTRIES: readonly CatalogueEntry[] = [
  ...PROXY,
  ...CERTIFICATES,
  ...CONNECTIONS,
];
