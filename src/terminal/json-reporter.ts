/** The report for scripts: one JSON object a line on standard output, and nothing else there. */

import { safeJson, safeText } from '../words/safe-text.js';
import type { Reporter } from './reporter.js';

/** The streams of the process. */
export interface OutputStreams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

export function jsonReporter({ stdout, stderr }: OutputStreams): Reporter {
  const emit = (event: Readonly<Record<string, unknown>>) => {
    stdout.write(`${safeJson(JSON.stringify(event))}\n`);
  };
  const step = (
    site: string,
    name: string,
    status: string,
    facts: Readonly<Record<string, unknown>> = {},
  ) => emit({ event: 'step', site, step: name, status, ...facts });
  return {
    started: ({ name }, site) => step(site, name, 'started'),
    ended: ({ name }, { status, lines, facts }, site) =>
      step(site, name, status, { ...facts, message: asText(lines) }),
    failed: ({ name }, { code, message }, site) => step(site, name, 'failed', { code, message }),
    result: (facts) => emit({ event: 'result', ok: true, ...facts }),
    item: (event, facts) => emit({ event, ...facts }),
    error: ({ code, message, hint, exitCode, details }) =>
      emit({ event: 'error', code, message, hint, exitCode, ...details }),
    signInUrl: (url) => emit({ event: 'sign-in-url', url }),
    address: () => undefined,
    note: (line) => {
      stderr.write(`${safeText(line)}\n`);
    },
    waiting: () => () => undefined,
    clear: () => undefined,
  };
}

/** The lines as one text: what only arranges them is left out. */
function asText(lines: readonly string[]): string {
  return lines
    .map((line) => line.trim().replace(/^[•✓–!] /u, ''))
    .filter((line) => line !== '')
    .join(' ');
}
