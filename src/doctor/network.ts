/** Checks of the route to Google: proxy, certificates, then DNS, connection, TLS and response, and the clock. */

import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { MailError } from '../errors.js';
import type { Issuer } from '../google/issuer.js';
import {
  askIssuer,
  findName,
  openConnection,
  openEncrypted,
  type Way,
  waysTo,
} from '../google/reach.js';
import { type Check, type Finding, failed, pass, warn } from './run-check.js';

const QUICK_MS = 5_000;
const STAGE_MS = 15_000;

/** A clock further off than this breaks sign-ins: it is what the client library tolerates. */
const CLOCK_FAIL_MS = 5 * 60_000;
const CLOCK_WARN_MS = 60_000;

/**
 * The checks, in order. Each stage is reported only if the one before it passed.
 *
 * @param variables may name a proxy and certificates
 * @param now this computer's clock
 */
export function networkChecks(
  issuer: Issuer,
  variables: NodeJS.ProcessEnv,
  now: () => Date,
): readonly Check[] {
  let ways: readonly Way[] = [];
  let clock: { readonly there: Date; readonly here: Date } | null = null;
  const name = issuer.isStandIn ? 'the stand-in for Google' : 'Google';
  let isReached = false;

  const stage = (
    what: string,
    waitsFor: string,
    done: string,
    step: (way: Way, signal: AbortSignal) => Promise<void>,
    chosen: () => readonly Way[],
  ): Check => ({
    name: `google-${what}`,
    waitsFor,
    limitMs: STAGE_MS,
    isDue: () => isReached && chosen().length > 0,
    async run(signal) {
      isReached = false;
      const finding = await tryAll(chosen(), done, (way) => step(way, signal));
      isReached = finding.status !== 'fail';
      return finding;
    },
  });
  // With a proxy, every connection starts there.
  const firstHosts = () => [
    ...new Map(ways.map((way) => [(way.proxy ?? way.url).host, way])).values(),
  ];

  return [
    {
      name: 'proxy',
      waitsFor: 'the settings of the web proxy',
      limitMs: QUICK_MS,
      async run() {
        ways = waysTo(issuer, variables);
        isReached = true;
        return proxyFinding(issuer, ways);
      },
    },
    {
      name: 'certificates',
      waitsFor: 'the file of NODE_EXTRA_CA_CERTS',
      limitMs: QUICK_MS,
      run: () => certificatesFinding(variables.NODE_EXTRA_CA_CERTS ?? '', now()),
    },
    stage(
      'dns',
      `the DNS, for the address of ${name}`,
      'DNS: the address was found',
      findName,
      firstHosts,
    ),
    stage(
      'tcp',
      `a connection to ${name}`,
      'TCP: a connection was opened',
      openConnection,
      firstHosts,
    ),
    stage(
      'tls',
      `an encrypted connection to ${name}`,
      'TLS: the connection is encrypted, and the certificate is trusted',
      openEncrypted,
      () => ways.filter(({ url }) => url.protocol === 'https:'),
    ),
    {
      name: 'google-http',
      waitsFor: `an answer of ${name}`,
      limitMs: STAGE_MS,
      isDue: () => isReached,
      async run(signal) {
        const started = performance.now();
        const there = await askIssuer(issuer, signal);
        if (there !== null) clock = { there, here: now() };
        return pass(`HTTP: ${name} answered, in ${Math.round(performance.now() - started)} ms.`);
      },
    },
    {
      name: 'clock',
      waitsFor: 'the clock',
      limitMs: QUICK_MS,
      run: async () => (clock === null ? UNKNOWN_CLOCK : clockFinding(clock.here, clock.there)),
    },
  ];
}

const UNKNOWN_CLOCK = warn(
  'This computer’s clock could not be compared: no server gave the time.',
  'It is compared with Google’s: run the check again once Google answers.',
);

/** How far this computer's clock is off. */
export function clockFinding(here: Date, there: Date): Finding {
  const offMs = here.getTime() - there.getTime();
  // The header itself is only precise to a second.
  if (Math.abs(offMs) < CLOCK_WARN_MS) return pass('This computer’s clock is right.');
  const minutes = Math.round(Math.abs(offMs) / 60_000);
  const words = {
    message: `This computer’s clock is ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} ${offMs > 0 ? 'ahead' : 'behind'}.`,
    hint: 'Set its date and time to automatic: a sign-in fails where the clock is wrong.',
  };
  return Math.abs(offMs) > CLOCK_FAIL_MS ? failed(words) : warn(words.message, words.hint);
}

async function tryAll(
  ways: readonly Way[],
  done: string,
  step: (way: Way) => Promise<void>,
): Promise<Finding> {
  const started = performance.now();
  const ended = await Promise.all(
    ways.map(async (way) => {
      try {
        await step(way);
        return null;
      } catch (error) {
        if (error instanceof MailError) return { way, error };
        throw error;
      }
    }),
  );
  const failures = ended.filter((one) => one !== null);
  const [first] = failures;
  if (first === undefined)
    return pass(`${done}, in ${Math.round(performance.now() - started)} ms.`);
  const hosts = failures.map(({ way }) => way.url.hostname);
  const which = failures.length === ways.length ? '' : ` (${hosts.join(', ')})`;
  return failed({ message: `${first.error.message}${which}`, hint: first.error.hint });
}

/** Never shows its user or password. */
function proxyFinding(issuer: Issuer, ways: readonly Way[]): Finding {
  const proxied = ways.filter(({ proxy }) => proxy !== null);
  const [first] = proxied;
  if (first?.proxy == null) {
    return pass(
      issuer.isStandIn
        ? 'No web proxy is asked for what is on this computer.'
        : 'No web proxy is used for Google.',
    );
  }
  const { hostname, port } = first.proxy;
  const through = `the web proxy ${hostname}:${port === '' ? '443' : port}`;
  if (proxied.length === ways.length) return pass(`Google is reached through ${through}.`);
  const around = ways.filter(({ proxy }) => proxy === null).map(({ url }) => url.hostname);
  return warn(
    `Google is reached through ${through}, but NO_PROXY leaves it out for ${around.join(', ')}.`,
    'If that is not meant, correct NO_PROXY.',
  );
}

/** If Node.js can't read the file, it carries on without it and says so once, where few people look. */
async function certificatesFinding(path: string, now: Date): Promise<Finding> {
  if (path === '') return pass('The certificates that Node.js brings along are trusted.');
  const hint =
    'Ask your IT support for the root certificate of their web filter, in PEM form, or remove NODE_EXTRA_CA_CERTS.';
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) {
    const message = `NODE_EXTRA_CA_CERTS names a file that is not there, or can’t be read: ${path}`;
    return failed({ message, hint });
  }
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const certificates = blocks.flatMap(readCertificate);
  if (certificates.length === 0) {
    return failed({
      message: `NODE_EXTRA_CA_CERTS names a file without a certificate: ${path}`,
      hint,
    });
  }
  const ended = certificates.filter(({ validTo }) => Date.parse(validTo) < now.getTime());
  if (ended.length === certificates.length) {
    return warn(
      `Every certificate in the file of NODE_EXTRA_CA_CERTS is out of date: ${path}`,
      hint,
    );
  }
  return pass(
    `${certificates.length} more ${certificates.length === 1 ? 'certificate is' : 'certificates are'} trusted, of NODE_EXTRA_CA_CERTS (${path}).`,
  );
}

function readCertificate(pem: string): X509Certificate[] {
  try {
    return [new X509Certificate(pem)];
  } catch {
    return [];
  }
}
