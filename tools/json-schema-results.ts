/** The results of the commands, for docs/json-events.schema.json. */

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

function result(
  description: string,
  always: Readonly<Record<string, Schema>>,
  sometimes: Readonly<Record<string, Schema>> = {},
): Schema {
  return object(description, { event: constant('result'), ok: bool, ...always }, sometimes);
}

const EXPORTED = object('A site as `site export` writes it.', {
  name: text,
  organisation: text,
  organisationEmail: maybe(text),
  login: text,
  sendAs: maybe(text),
  account: maybe(text),
  smtp: maybe(ref('smtp')),
});

/** Each kind of result, by its name in the schema. */
export const RESULTS: Readonly<Record<string, Schema>> = {
  'result-site': result(
    'A site, of `status`, `migrate`, `sign-in`, `sign-out`, `test-connection`, `revert-smtp`, `site add`, `site set` and `site show`.',
    {
      site: text,
      organisation: text,
      login: text,
      pathway: ref('pathway'),
      gmail: maybe(ref('gmail')),
      smtp: maybe(ref('smtp')),
      attention: ref('attention'),
    },
    {
      testMessage: maybe(
        object(
          '`migrate` and `test-connection`: the message that Gmail accepted.',
          { to: text, id: text },
          { reference: text },
        ),
      ),
      dryRun: bool,
      signedIn: { ...bool, description: '`sign-in`: whether somebody signed in in this run.' },
      grant: {
        ...oneOfWords(['revoked', 'gone-already', 'kept', 'kept-for-others', 'delegated']),
        description: '`sign-out`: what became of the permission at Google.',
      },
      checks: object('`status --check`: what was tried, null where there is nothing to try.', {
        gmail: maybe(ref('probe')),
        smtp: maybe(ref('probe')),
        writeupp: maybe(ref('probe')),
        delivery: maybe(ref('delivery')),
      }),
      changes: object(
        '`--changes`: codes of what is new, and of what is gone, since it last told.',
        {
          new: list(text),
          gone: list(text),
        },
      ),
      organisationEmail: maybe(text),
      credentials: maybe(text),
      smtpPasswordStored: bool,
      smtpRevertedAt: maybe(time),
    },
  ),
  'result-where': result(
    '`writeupp-mail` alone.',
    { next: text },
    {
      site: text,
      pathway: ref('pathway'),
      gmail: maybe(object('The Gmail connection.', { email: text })),
      sites: integer,
      pathways: object('How many sites go which way.', {
        gmail: integer,
        smtp: integer,
        writeupp: integer,
      }),
    },
  ),
  'result-sent': result(
    '`send`: the message that was accepted.',
    {
      site: text,
      pathway: ref('pathway'),
      messageId: maybe(text),
      id: maybe(text),
      recipients: list(text),
      from: text,
    },
    { givenMessageId: maybe(text) },
  ),
  'result-batch': result('`send --batch`: how many messages went where.', {
    site: text,
    sent: integer,
    refused: integer,
    unknown: integer,
    later: integer,
  }),
  'result-sites': result('`site list`.', {
    sites: list(object('A site.', { name: text, organisation: text, pathway: ref('pathway') })),
  }),
  'result-export': result(
    '`site export`.',
    { sites: list(EXPORTED) },
    {
      client: object('The Google client file.', {}),
    },
  ),
  'result-import': result(
    '`site import`: how many sites.',
    { imported: integer, updated: integer, skipped: integer },
    { rows: ref('rows'), dryRun: bool },
  ),
  'result-removed': result('`site remove`.', { site: text, removed: constant(true) }),
  'result-many': result(
    '`migrate --all`: how many sites went which way; `ok` if nothing is left to do.',
    { total: integer, migrated: integer, already: integer, needsPerson: integer, failed: integer },
    { interrupted: bool, dryRun: bool },
  ),
  'result-admin-note': result(
    '`sign-in --admin-note`.',
    { adminNote: text, clientId: maybe(text), site: maybe(text) },
    { serviceAccount: { ...text, description: 'Where the note is about one: its address.' } },
  ),
  'result-support': result('`status --for-support`; a code in the place of what can’t be read.', {
    version: text,
    system: text,
    node: text,
    store: text,
    sites: anyOf(integer, text),
    client: text,
    credentials: text,
    lastFailure: maybe(object('The last failure.', { code: text, at: time, command: text })),
  }),
  'result-doctor': result(
    '`doctor`: how many checks ended how; `ok` is false where one failed.',
    { checks: integer, pass: integer, warn: integer, fail: integer },
    { report: text },
  ),
  'result-dns-note': result('`doctor --dns-note`; null where no record would mend anything.', {
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
    to: { ...text, description: 'Where they are now, in words.' },
  }),
  'result-team': result('`team list`.', {
    team: list(
      object('Somebody who can open the secrets.', {
        ...{ name: text, recipient: text, addedAt: time, addedBy: text, you: bool },
      }),
    ),
    recipient: { ...maybe(text), description: 'The one of whoever asks.' },
  }),
  'result-team-change': result(
    '`team add` and `team remove`.',
    { name: text },
    {
      recipient: text,
      mayHaveSeen: {
        ...list(text),
        description: '`team remove`: the sites whose secrets to renew.',
      },
    },
  ),
};
