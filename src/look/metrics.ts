/**
 * What a check of all sites found, in Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats).
 */

import type { SiteFound } from '../kit/fleet-memory.js';

const DAY_MS = 24 * 60 * 60 * 1000;

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * The metrics: how many sites use each pathway, how the checks ended, and what is known of each site.
 *
 * @param tookMs how long the check took
 */
export function metricsText(found: readonly SiteFound[], now: Date, tookMs: number): string {
  const readable = found.flatMap((site) => (site.pathway === null ? [] : [site.pathway]));
  return [
    ...metric(
      'sites',
      'Sites on record, by the way their email leaves.',
      counted(['smtp', 'gmail', 'writeupp'], readable).map(([pathway, value]) => ({
        labels: { pathway },
        value,
      })),
    ),
    ...metric(
      'checks',
      'Sites checked, by outcome, and by the code of the failure.',
      counted(
        [''],
        found.map(({ failure }) => failure?.code ?? ''),
      ).map(([code, value]) => ({
        labels: { outcome: code === '' ? 'ok' : 'failed', code },
        value,
      })),
    ),
    ...metric(
      'attention',
      'Sites with something that needs attention, by its code.',
      counted(
        [],
        found.flatMap(({ attention }) => [...new Set(attention)]),
      ).map(([code, value]) => ({ labels: { code }, value })),
    ),
    ...metric(
      'site_up',
      '1 if the check found a way out for email of the site, 0 if it found none or could not try: the code says why.',
      found.map(({ name, failure }) => ({
        labels: { site: name, code: failure?.code ?? '' },
        value: failure === null ? 1 : 0,
      })),
    ),
    ...metric(
      'connection_days_left',
      'Days until the Gmail connection is likely to end if nothing is done.',
      found.flatMap(({ name, expectedEnd }) =>
        expectedEnd === null
          ? []
          : [
              {
                labels: { site: name },
                value: daysLeft(expectedEnd, now),
              },
            ],
      ),
    ),
    ...metric(
      'end_days_left',
      'Days until a known end of the way a site’s email leaves, by its code; below 0 once it has passed.',
      found.flatMap(({ name, ends }) =>
        ends.map(({ code, at }) => ({
          labels: { site: name, code },
          value: daysLeft(new Date(at), now),
        })),
      ),
    ),
    ...metric('last_check_timestamp_seconds', 'When all sites were last checked.', [
      { labels: {}, value: Math.floor(now.getTime() / 1000) },
    ]),
    ...metric('last_check_duration_seconds', 'How long that took.', [
      { labels: {}, value: Number((tookMs / 1000).toFixed(3)) },
    ]),
    '',
  ].join('\n');
}

function daysLeft(end: Date, now: Date): number {
  return Number(((end.getTime() - now.getTime()) / DAY_MS).toFixed(2));
}

/** How often each word occurs, including those always reported. */
function counted(always: readonly string[], words: readonly string[]): [string, number][] {
  const counts = new Map<string, number>(always.map((word) => [word, 0]));
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts];
}

function metric(name: string, help: string, samples: readonly Sample[]): string[] {
  if (samples.length === 0) return [];
  const whole = `writeupp_mail_${name}`;
  return [
    `# HELP ${whole} ${help}`,
    `# TYPE ${whole} gauge`,
    ...samples.map(({ labels, value }) => `${whole}${labelText(labels)} ${value}`),
  ];
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

/** "Label value can be any sequence of UTF-8 characters, but \, " and line feed have to be escaped". */
function escaped(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}
