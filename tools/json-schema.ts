/**
 * docs/json-events.schema.json: what `--json` writes, one object a line, as a JSON Schema (draft 2020-12).
 *
 * Codes and steps come from the program's own tables. Objects are open, since fields may be added;
 * test/cli/json-events.test.ts closes them, and holds them against real runs.
 */

import { EXIT_CODES, SIGN_IN_REASONS } from '../src/errors.js';
import { STEPS } from '../src/migration/step.js';
import { HAPPENINGS } from '../src/sites/history.js';
import { ATTENTION_ROWS } from './attention-rows.js';
import { RESULTS } from './json-schema-results.js';
import {
  anyOf,
  bool,
  constant,
  integer,
  list,
  maybe,
  object,
  oneOfWords,
  ref,
  type Schema,
  text,
  time,
} from './schema-parts.js';

const ERROR_FIELDS = {
  code: oneOfWords(Object.keys(EXIT_CODES)),
  message: { ...text, description: 'What happened, for people.' },
  hint: { ...text, description: 'Who can mend it and how, for people.' },
  exitCode: integer,
};

const ERROR_DETAILS = {
  reason: { ...oneOfWords(SIGN_IN_REASONS), description: '`sign-in-needed`: the likeliest cause.' },
  retryAt: { ...time, description: '`rate-limited`: when Google accepts email again.' },
  site: text,
  adminNote: { ...text, description: 'A message to forward to an administrator.' },
  rows: ref('rows'),
  serviceAccount: object('What the Admin console asks for.', {
    email: text,
    clientId: maybe(text),
    scope: text,
  }),
  sites: list(text),
  sent: {
    ...oneOfWords(['no', 'partly', 'unknown']),
    description: 'Whether a message left; absent where nothing was being sent.',
  },
  secretChanged: oneOfWords(['no', 'unknown']),
  refusedAt: constant('log-in'),
  refused: { ...list(text), description: 'The recipients that were refused.' },
};

const EVENTS: Readonly<Record<string, Schema>> = {
  step: object(
    'A step of `migrate`.',
    {
      event: constant('step'),
      site: text,
      step: oneOfWords(STEPS.map(({ name }) => name)),
      status: oneOfWords(['started', 'done', 'skipped', 'failed']),
    },
    {
      message: { ...text, description: 'What a person reads; not at `started`.' },
      code: { ...ERROR_FIELDS.code, description: 'At `failed`; the error event follows.' },
      dryRun: bool,
      would: { ...text, description: 'In a dry run: what the step would do.' },
      pathway: ref('pathway'),
      expectedAccount: maybe(text),
      sender: object('The address that patients see.', { today: maybe(text), after: maybe(text) }),
      consequences: list(text),
      delivery: ref('delivery'),
      email: text,
      to: text,
      id: text,
      acceptedAt: time,
      host: text,
      serviceAccount: text,
    },
  ),
  site: object(
    'What became of a site, of `migrate --all`.',
    {
      event: constant('site'),
      site: text,
      outcome: oneOfWords(['migrated', 'already', 'needs-person', 'failed']),
    },
    {
      code: ERROR_FIELDS.code,
      message: text,
      hint: text,
      attention: ref('attention'),
      dryRun: bool,
    },
  ),
  'sign-in-url': object('A person must open this address.', {
    event: constant('sign-in-url'),
    url: text,
  }),
  message: object(
    'What became of a message of `send --batch`.',
    {
      event: constant('message'),
      file: text,
      outcome: oneOfWords(['sent', 'refused', 'unknown', 'later']),
      id: maybe(text),
    },
    { code: ERROR_FIELDS.code, message: text, hint: text },
  ),
  check: object('A check of `doctor`.', {
    event: constant('check'),
    name: text,
    status: oneOfWords(['pass', 'warn', 'fail']),
    message: text,
    hint: { ...text, description: 'What to do; empty where nothing is.' },
  }),
  history: object(
    'Something that was done to a site, of `history`.',
    {
      event: constant('history'),
      ...{ at: time, site: text, command: text, step: oneOfWords(HAPPENINGS) },
      ...{ outcome: oneOfWords(['done', 'confirmed', 'denied']), who: text, host: text },
    },
    {
      account: text,
      testMessage: object('The test message.', { id: text, to: text }),
      proof: object('What the deletion of SMTP settings rested on.', {
        by: oneOfWords(['test-message', 'asked-for']),
        testMessage: maybe(
          object(
            'The last test message.',
            {
              ...{ id: text, to: text, acceptedAt: time },
              receipt: oneOfWords(['confirmed', 'denied', 'accepted-by-gmail']),
            },
            { reference: text },
          ),
        ),
      }),
      removed: object('What is gone; never a password.', {}, { smtp: ref('smtp'), account: text }),
      fields: { ...list(text), description: 'Which settings were set.' },
      from: { ...text, description: '`move-site`: from where.' },
    },
  ),
  error: object(
    'The failure that a run, or the work on one of many sites, ended on.',
    { event: constant('error'), ...ERROR_FIELDS },
    ERROR_DETAILS,
  ),
  result: {
    description:
      'What a command did; the last line on success. The command decides which of these.',
    anyOf: Object.keys(RESULTS).map(ref),
  },
};

const SHARED: Readonly<Record<string, Schema>> = {
  pathway: {
    ...oneOfWords(['smtp', 'gmail', 'writeupp']),
    description: 'The way a site’s email leaves.',
  },
  gmail: object(
    'The Gmail connection.',
    {
      email: text,
      connectedAt: time,
      testedAt: maybe(time),
      method: oneOfWords(['oauth', 'delegation']),
    },
    { serviceAccount: { ...text, description: '`delegation`: the service account that sends.' } },
  ),
  smtp: object('The SMTP settings; never a password.', {
    host: text,
    port: integer,
    security: oneOfWords(['tls', 'starttls', 'none']),
    user: maybe(text),
    from: maybe(text),
  }),
  attention: list(
    object(
      'Something that needs attention.',
      { code: oneOfWords(Object.keys(ATTENTION_ROWS)), message: text, hint: text },
      { record: maybe(ref('record')) },
    ),
  ),
  record: object('A DNS record to publish.', {
    name: text,
    type: constant('TXT'),
    value: maybe(text),
    replaces: list(text),
  }),
  delivery: object('Will email arrive? From the DNS of the sender’s domain.', {
    sender: text,
    account: maybe(text),
    dmarc: oneOfWords(['passes', 'fails', 'unknown', 'not-asked']),
    findings: list(
      object('One thing that was found.', {
        topic: oneOfWords(['domain', 'spf', 'dkim', 'dmarc']),
        status: oneOfWords(['good', 'warning', 'unknown', 'note']),
        code: maybe(text),
        message: text,
        hint: text,
        record: maybe(ref('record')),
      }),
    ),
  }),
  probe: anyOf(
    object('A try that worked.', { ok: constant(true) }, { proof: text }),
    object('A try that failed.', { ok: constant(false), ...ERROR_FIELDS }, ERROR_DETAILS),
  ),
  rows: list(
    object(
      'What is wrong in a row of an import; row 1 is the first after the header, 0 the header or the whole file.',
      {
        row: integer,
        column: text,
        message: text,
      },
    ),
  ),
};

/** The schema as text. */
export function jsonSchema(): string {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'A line of writeupp-mail --json',
    anyOf: Object.keys(EVENTS).map((name) => ref(`event-${name}`)),
    $defs: {
      ...Object.fromEntries(
        Object.entries(EVENTS).map(([name, event]) => [`event-${name}`, event]),
      ),
      ...RESULTS,
      ...SHARED,
    },
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
