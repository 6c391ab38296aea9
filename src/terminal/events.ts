/**
 * The schemas of what `--json` writes, one object a line: docs/json-events.schema.json is generated from them, and the
 * reports are typed by them. The program itself imports only the types, so that a start loads none of this.
 *
 * Objects are open, since fields may be added; test/cli/json-events.test.ts closes them, and checks real runs.
 */

import * as v from 'valibot';
import { type ErrorCode, EXIT_CODES, SIGN_IN_REASONS } from '../errors.js';
import { STEPS, type StepName } from './steps.js';

const text = v.string();
const bool = v.boolean();
const integer = v.pipe(v.number(), v.integer());
/** ISO 8601, UTC. */
const time = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/));
const maybe = v.nullable;
const list = v.array;

function described<Schema extends v.GenericSchema>(description: string, schema: Schema) {
  return v.pipe(schema, v.description(description));
}

function object<Entries extends v.ObjectEntries>(description: string, entries: Entries) {
  return v.pipe(v.object(entries), v.description(description));
}

function sometimes<Entries extends v.ObjectEntries>(entries: Entries) {
  return v.partial(v.object(entries)).entries;
}

const pathway = described(
  'The way a site’s email leaves.',
  v.picklist(['smtp', 'gmail', 'writeupp']),
);

const gmail = object('The Gmail connection.', {
  email: text,
  connectedAt: time,
  testedAt: maybe(
    described(
      'When Gmail accepted the last test message; null if none was, or if it did not arrive.',
      time,
    ),
  ),
  method: v.picklist(['oauth', 'delegation']),
  ...sometimes({
    serviceAccount: described('`delegation`: the service account that sends.', text),
  }),
});

const smtp = object('The SMTP settings; never a password.', {
  host: text,
  port: integer,
  security: v.picklist(['tls', 'starttls', 'none']),
  user: maybe(text),
  from: maybe(text),
});

const record = object('A DNS record to publish.', {
  name: text,
  type: v.literal('TXT'),
  value: maybe(text),
  replaces: list(text),
});

const attentionCode = v.picklist([
  'smtp-takes-precedence',
  'google-ended-smtp',
  'microsoft-ends-smtp',
  'other-issuer',
  'not-tested',
  'test-not-arrived',
  'sender-unproven',
  'testing-mode',
  'permission-ends',
  'connection-refused',
  'unused',
  // What the DNS of the sender's domain says (`status --check`).
  'spf-without-google',
  'dkim-without-google',
  'dmarc-would-fail',
  'dns-unknown',
  // What the switch left to do in WriteUpp itself.
  'left-to-do-in-writeupp',
  // Messages wait, and nothing on this computer sends them.
  'spool-not-emptied',
]);

const attention = list(
  object('Something that needs attention.', {
    code: attentionCode,
    message: text,
    hint: text,
    ...sometimes({ record: maybe(record) }),
  }),
);

const delivery = object('Will email arrive? From the DNS of the sender’s domain.', {
  sender: text,
  account: maybe(text),
  dmarc: v.picklist(['passes', 'fails', 'unknown', 'not-asked']),
  findings: list(
    object('One thing that was found.', {
      topic: v.picklist(['domain', 'spf', 'dkim', 'dmarc']),
      status: v.picklist(['good', 'warning', 'unknown', 'note']),
      code: maybe(text),
      message: text,
      hint: text,
      record: maybe(record),
    }),
  ),
});

const rows = list(
  object(
    'What is wrong in a row of an import; row 1 is the first after the header, 0 the header or the whole file.',
    { row: integer, column: text, message: text },
  ),
);

const leftToDo = described(
  'What is still to be done in WriteUpp itself, in this order.',
  list(v.picklist(['sign-in', 'test-connection', 'revert-smtp'])),
);

/** How many messages of a spool are in which folder. */
const messageCounts = { waiting: integer, inRefused: integer, inUnknown: integer };

/** The spools of a site, and what their watches last reported. */
const spools = list(
  object('A spool: what lies in it, and whether anything sends it.', {
    ...{ folder: text, site: text, ...messageCounts, oldest: maybe(time), lookedAt: maybe(time) },
    paused: maybe(object('Until when the watch tries nothing.', { until: time, code: text })),
    isNotEmptied: bool,
  }),
);

const errorCode = v.picklist(Object.keys(EXIT_CODES) as ErrorCode[]);

const error = {
  code: errorCode,
  message: described('What happened, for people.', text),
  hint: described('Who can fix it and how, for people.', text),
  exitCode: integer,
  ...sometimes({
    reason: described('`sign-in-needed`: the likeliest cause.', v.picklist(SIGN_IN_REASONS)),
    retryAt: described('`rate-limited`: when Google accepts email again.', time),
    site: text,
    adminNote: described('A message to forward to an administrator.', text),
    rows,
    serviceAccount: object('What the Admin console asks for.', {
      email: text,
      clientId: maybe(text),
      scope: text,
    }),
    sites: list(text),
    sent: described(
      'Whether a message left; absent where nothing was being sent.',
      v.picklist(['no', 'partly', 'unknown']),
    ),
    secretChanged: v.picklist(['no', 'unknown']),
    refusedAt: v.picklist(['log-in', 'sender', 'account', 'recipient']),
    refused: described('The recipients that were refused.', list(text)),
    ...messageCounts,
  }),
};

const probe = v.union([
  object('A try that worked.', { ok: v.literal(true), ...sometimes({ proof: text }) }),
  object('A try that failed.', { ok: v.literal(false), ...error }),
]);

function result<Entries extends v.ObjectEntries>(description: string, entries: Entries) {
  return object(description, { event: v.literal('result'), ok: bool, ...entries });
}

/** Each kind of result, by its name in the schema. */
const RESULTS = {
  'result-site': result(
    'A site, of `status`, `migrate`, `sign-in`, `sign-out`, `test-connection`, `revert-smtp`, `site add`, `site set` and `site show`.',
    {
      site: text,
      organisation: text,
      login: text,
      pathway,
      gmail: maybe(gmail),
      smtp: maybe(smtp),
      attention,
      leftToDo,
      doneInWriteUpp: maybe(time),
      ...sometimes({
        testMessage: maybe(
          object('`migrate` and `test-connection`: the message that Gmail accepted.', {
            to: text,
            id: text,
          }),
        ),
        ends: described(
          '`status`: the known ends of its way to send, the soonest first.',
          list(
            object('A known end of the site’s way to send.', {
              at: time,
              code: text,
              message: text,
            }),
          ),
        ),
        dryRun: bool,
        spools,
        signedIn: described('`sign-in`: whether somebody signed in in this run.', bool),
        grant: described(
          '`sign-out`: what became of the permission at Google.',
          v.picklist(['revoked', 'gone-already', 'kept', 'kept-for-others', 'delegated']),
        ),
        checks: object('`status --check`: what was tried, null where there is nothing to try.', {
          gmail: maybe(probe),
          smtp: maybe(probe),
          writeupp: maybe(probe),
          delivery: maybe(delivery),
        }),
        changes: object(
          '`--changes`: codes of what is new, and of what is gone, since the last report.',
          { new: list(text), gone: list(text) },
        ),
        sendAs: maybe(text),
        account: maybe(text),
        organisationEmail: maybe(text),
        credentials: maybe(text),
        smtpPasswordStored: bool,
        smtpRevertedAt: maybe(time),
      }),
    },
  ),
  'result-where': result('`writeupp-mail` alone.', {
    next: text,
    ...sometimes({
      site: text,
      pathway,
      gmail: maybe(object('The Gmail connection.', { email: text })),
      leftToDo: described(
        'Of one site the steps left in WriteUpp itself; of several, how many have any.',
        v.union([list(text), integer]),
      ),
      doneInWriteUpp: maybe(time),
      spools,
      attention: described('Where there are spools: what needs attention in them.', attention),
      sites: integer,
      pathways: object('How many sites go which way.', {
        gmail: integer,
        smtp: integer,
        writeupp: integer,
      }),
    }),
  }),
  'result-sent': result('`send`: the message that was accepted.', {
    site: text,
    pathway,
    messageId: maybe(text),
    id: maybe(text),
    recipients: list(text),
    from: text,
    ...sometimes({ givenMessageId: maybe(text) }),
  }),
  'result-batch': result('`send --batch`: how many messages went where, and how many lie where.', {
    ...{
      site: text,
      sent: integer,
      refused: integer,
      unknown: integer,
      later: integer,
      ...messageCounts,
    },
  }),
  'result-again': result('`send --batch --again`: the message that was put back.', {
    ...{ site: text, file: text, from: v.picklist(['unknown', 'refused']), ...messageCounts },
  }),
  'result-sites': result('`site list`.', {
    sites: list(object('A site.', { name: text, organisation: text, pathway })),
  }),
  'result-export': result('`site export`.', {
    sites: list(
      object('A site as `site export` writes it.', {
        name: text,
        organisation: text,
        organisationEmail: maybe(text),
        login: text,
        sendAs: maybe(text),
        account: maybe(text),
        smtp: maybe(smtp),
      }),
    ),
    ...sometimes({
      client: object('The Google client file.', {}),
      output: described('`--output`: the file, with the client file if that was asked for.', text),
    }),
  }),
  'result-import': result('`site import`: how many sites.', {
    imported: integer,
    updated: integer,
    known: integer,
    refused: integer,
    skipped: integer,
    ...sometimes({ rows, dryRun: bool }),
  }),
  'result-removed': result('`site remove`.', { site: text, removed: v.literal(true) }),
  'result-many': result(
    '`migrate --all`: how many sites went which way; `ok` if nothing is left to do.',
    {
      total: integer,
      migrated: integer,
      already: integer,
      needsPerson: integer,
      failed: integer,
      ...sometimes({ interrupted: bool, dryRun: bool }),
    },
  ),
  'result-admin-note': result('`sign-in --admin-note`.', {
    adminNote: text,
    clientId: maybe(text),
    site: maybe(text),
    ...sometimes({
      serviceAccount: described('Where the note is about one: its address.', text),
    }),
  }),
  'result-support': result('`status --for-support`; a code in the place of what can’t be read.', {
    version: text,
    system: text,
    node: text,
    store: text,
    sites: v.union([integer, text]),
    client: text,
    credentials: text,
    lastFailure: maybe(object('The last failure.', { code: text, at: time, command: text })),
    ...sometimes({ site: text, pathway, gmail: maybe(gmail) }),
  }),
  'result-certificate': result('`history --certificate`: where the page is.', {
    site: text,
    certificate: text,
  }),
  'result-doctor': result('`doctor`: how many checks ended how; `ok` is false where one failed.', {
    checks: integer,
    pass: integer,
    warn: integer,
    fail: integer,
    ...sometimes({ report: text }),
  }),
  'result-dns-note': result('`doctor --dns-note`; null where no record would fix anything.', {
    site: text,
    note: maybe(text),
  }),
  'result-program': result('`--version` with `--verbose` or `--json`.', {
    version: text,
    node: text,
    system: text,
    program: text,
    settings: text,
    client: text,
    credentials: text,
  }),
  'result-move': result('`site move`.', {
    moved: list(text),
    to: described('A description of where they are now.', text),
  }),
  'result-store': result('`store login` and `store status`.', {
    store: text,
    url: text,
    sendsItself: bool,
    recipient: maybe(text),
    clientIds: list(text),
    ...sometimes({
      changed: described('Whether the service has changed since the last `store login`.', bool),
      token: maybe(v.picklist(['environment', 'credentials'])),
    }),
  }),
  'result-store-logout': result('`store logout`.', { url: text, forgotten: bool }),
  'result-team': result('`team list`.', {
    team: list(
      object('Somebody who can open the secrets.', {
        ...{ name: text, recipient: text, addedAt: time, addedBy: text, you: bool },
        accepted: described(
          'Whether this computer accepts them; if false, nothing is sealed for them.',
          bool,
        ),
      }),
    ),
    recipient: described('The recipient of the person who asks.', maybe(text)),
    ...sometimes({
      newcomers: list(
        object('`--accept`: somebody who was accepted now.', {
          ...{ name: text, recipient: text, addedAt: time, addedBy: text },
        }),
      ),
    }),
  }),
  'result-team-reset': result('`team reset`.', {
    lost: described('The sites without password and permission now.', list(text)),
    serviceAccounts: described('The service accounts whose keys were deleted.', list(text)),
  }),
  'result-team-change': result('`team add` and `team remove`.', {
    name: text,
    ...sometimes({
      recipient: text,
      mayHaveSeen: described('`team remove`: the sites whose secrets to renew.', list(text)),
      serviceAccounts: described(
        '`team remove`: the service accounts whose keys to renew.',
        list(text),
      ),
    }),
  }),
};

/** Each event, by its name. */
const EVENTS = {
  step: object('A step of `migrate`.', {
    event: v.literal('step'),
    site: text,
    step: v.picklist(STEPS.map(({ name }): StepName => name)),
    status: v.picklist(['started', 'done', 'skipped', 'failed']),
    ...sometimes({
      message: described('What a person reads; not at `started`.', text),
      code: described('At `failed`; the error event follows.', errorCode),
      dryRun: bool,
      would: described('In a dry run: what the step would do.', text),
      pathway,
      expectedAccount: maybe(text),
      sender: object('The address that patients see.', { today: maybe(text), after: maybe(text) }),
      consequences: list(text),
      delivery,
      email: text,
      to: text,
      id: text,
      acceptedAt: time,
      host: text,
      serviceAccount: text,
    }),
  }),
  site: object('What became of a site, of `migrate --all`.', {
    event: v.literal('site'),
    site: text,
    outcome: v.picklist(['migrated', 'already', 'needs-person', 'failed']),
    ...sometimes({
      code: errorCode,
      message: text,
      hint: text,
      attention,
      leftToDo,
      doneInWriteUpp: maybe(time),
      dryRun: bool,
    }),
  }),
  'sign-in-url': object('A person must open this address.', {
    event: v.literal('sign-in-url'),
    url: text,
  }),
  message: object('What became of a message of `send --batch`.', {
    event: v.literal('message'),
    file: text,
    outcome: v.picklist(['sent', 'refused', 'unknown', 'later']),
    id: maybe(text),
    ...sometimes({ code: errorCode, message: text, hint: text }),
  }),
  pause: object('`send --batch --watch`: nothing is tried until then.', {
    event: v.literal('pause'),
    until: time,
    code: errorCode,
    message: text,
    hint: text,
  }),
  check: object('A check of `doctor`.', {
    event: v.literal('check'),
    name: text,
    status: v.picklist(['pass', 'warn', 'fail']),
    message: text,
    hint: described('What to do; empty where nothing is.', text),
    ...sometimes({ code: described('What needs attention, as in `attention`.', attentionCode) }),
  }),
  history: object('Something that was done to a site, of `history`.', {
    event: v.literal('history'),
    at: time,
    site: text,
    command: text,
    step: v.picklist([
      ...(['add-site', 'change-site', 'remove-site', 'move-site', 'sign-in', 'sign-out'] as const),
      ...(['test-message', 'confirm-receipt', 'revert-smtp', 'done-in-writeupp'] as const),
      // About no site: who can open the secrets of a shared store.
      ...(['team-add', 'team-remove', 'team-accept', 'team-reset'] as const),
    ]),
    outcome: v.picklist(['done', 'confirmed', 'denied']),
    who: text,
    host: text,
    ...sometimes({
      account: text,
      testMessage: object('The test message.', { id: text, to: text }),
      proof: object('What the deletion of SMTP settings rested on.', {
        by: v.picklist(['test-message', 'asked-for']),
        testMessage: maybe(
          object('The last test message.', {
            id: text,
            to: text,
            acceptedAt: time,
            receipt: v.picklist(['confirmed', 'denied', 'accepted-by-gmail']),
          }),
        ),
      }),
      removed: object('What is gone; never a password.', sometimes({ smtp, account: text })),
      fields: described('Which settings were set.', list(text)),
      from: described('`move-site`: from where.', text),
      member: object('`team-…`: whom it is about; `site` is empty then.', {
        ...{ name: text, recipient: text },
      }),
    }),
  }),
  error: object('The failure that a run, or the work on one of many sites, ended on.', {
    event: v.literal('error'),
    ...error,
  }),
  result: described(
    'What a command did; the last line on success. The command decides which of these.',
    v.union(Object.values(RESULTS)),
  ),
};

/** Any line. */
export const eventSchema = v.union(Object.values(EVENTS));

/** The parts that have a name in the published schema. */
export const EVENT_DEFINITIONS: Readonly<Record<string, v.GenericSchema>> = {
  ...Object.fromEntries(Object.entries(EVENTS).map(([name, event]) => [`event-${name}`, event])),
  ...RESULTS,
  ...{ pathway, gmail, smtp, attention, record, delivery, probe, rows },
};

type Fixed<Value> = Value extends readonly (infer Item)[]
  ? readonly Fixed<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Fixed<Value[Key]> }
    : Value;
type EventOf<Schema extends v.GenericSchema> = Fixed<v.InferOutput<Schema>>;
/** A line of `--json`. */
export type JsonEvent = EventOf<typeof eventSchema>;
/** What one kind of result reports. */
export type Result<Name extends keyof typeof RESULTS> = Omit<
  EventOf<(typeof RESULTS)[Name]>,
  'event' | 'ok'
>;
/** What a command did; `ok` unless said otherwise. */
export type ResultFacts = { [Name in keyof typeof RESULTS]: Result<Name> }[keyof typeof RESULTS] & {
  readonly ok?: boolean;
};
/** What needs attention on a site. */
export type AttentionCode = v.InferOutput<typeof attentionCode>;
/** What a live check of a site tries. */
export type CheckFacts = NonNullable<Result<'result-site'>['checks']>;
/** What is reported about one of many things. */
export type ItemFacts = {
  readonly [Name in 'site' | 'message' | 'pause' | 'check' | 'history']: Omit<
    EventOf<(typeof EVENTS)[Name]>,
    'event'
  >;
} & { readonly result: ResultFacts & { readonly ok: boolean } };
/** What scripts get about a step in addition to what every step has. */
export type StepFacts = Omit<
  EventOf<typeof EVENTS.step>,
  'event' | 'site' | 'step' | 'status' | 'message' | 'code'
>;
