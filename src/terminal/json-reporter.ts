/** The report for scripts: one JSON object a line on standard output, and nothing else there. */

import { safeJson, safeText } from '../text/safe-text.js';
import type { JsonEvent } from './events.js';
import type { Reporter } from './reporter.js';
import type { StepName } from './steps.js';

type StepEvent = Extract<JsonEvent, { event: 'step' }>;

export interface OutputStreams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

export function jsonReporter({ stdout, stderr }: OutputStreams): Reporter {
  const emit = (event: JsonEvent) => {
    stdout.write(`${safeJson(JSON.stringify(event))}\n`);
  };
  const step = (
    site: string,
    name: StepName,
    status: StepEvent['status'],
    facts: Partial<StepEvent> = {},
  ) => emit({ event: 'step', site, step: name, status, ...facts });
  return {
    started: ({ name }, site) => step(site, name, 'started'),
    ended: ({ name }, { status, lines, facts }, site) =>
      step(site, name, status, { ...facts, message: asText(lines) }),
    failed: ({ name }, { code, message }, site) => step(site, name, 'failed', { code, message }),
    result: (facts) => emit({ event: 'result', ok: true, ...facts }),
    lines: () => undefined,
    // Each name has its facts; the compiler can’t correlate the two.
    item: (event, facts) => emit({ event, ...facts } as JsonEvent),
    error: ({ code, message, hint, exitCode, details }) =>
      emit({ event: 'error', code, message, hint, exitCode, ...details }),
    signInUrl: (url) => emit({ event: 'sign-in-url', url }),
    address: () => undefined,
    canCopy: () => false,
    copy: () => undefined,
    note: (line) => {
      stderr.write(`${safeText(line)}\n`);
    },
    waiting: () => () => undefined,
    clear: () => undefined,
  };
}

/** The lines as one text, without what is only layout. */
function asText(lines: readonly string[]): string {
  return lines
    .map((line) => line.trim().replace(/^[•✓–!] /u, ''))
    .filter((line) => line !== '')
    .join(' ');
}
