/** docs/site-file.schema.json: what `site export` writes, and `site import` and `migrate --from` read, as JSON. */

import { anyOf, list, maybe, oneOfWords, type Schema, text } from './schema-parts.js';

/** Only these fields, of which only the named ones must be there. */
function fields(description: string, all: Readonly<Record<string, Schema>>, ...must: string[]) {
  return {
    description,
    type: 'object',
    properties: all,
    required: must,
    additionalProperties: false,
  };
}

const SMTP = fields(
  'The old way to send; null or absent if there is none.',
  {
    host: text,
    port: { type: 'integer', minimum: 1, maximum: 65_535, description: '587 unless given.' },
    security: {
      ...oneOfWords(['tls', 'starttls', 'none']),
      description: 'By the port unless given.',
    },
    user: maybe(text),
    from: maybe({ ...text, description: 'The sender address, if it is not the user name.' }),
    password: maybe({ ...text, description: 'Only for an import: an export holds no secret.' }),
  },
  'host',
);

const SITE = fields(
  'A practice.',
  {
    name: { ...text, description: 'What it is called on record; at most 64 characters.' },
    organisation: { ...text, description: 'The name that patients see; the site’s unless given.' },
    organisationEmail: maybe({
      ...text,
      description: 'Where replies go on the WriteUpp mail server.',
    }),
    login: { ...text, description: 'The WriteUpp log in: the test message goes there.' },
    sendAs: maybe({
      ...text,
      description: 'The address patients see, if Gmail sends as another than its own.',
    }),
    account: maybe({ ...text, description: 'The Google account that is to send.' }),
    smtp: maybe(SMTP),
  },
  'name',
  'login',
);

/** The schema as text. */
export function siteFileSchema(): string {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'A file of sites, for `site import` and `migrate --from`',
    description:
      'One site, a list of them, or both with the Google client file. One site a line is read as well.',
    ...anyOf(
      { $ref: '#/$defs/site' },
      list({ $ref: '#/$defs/site' }),
      fields(
        'What `site export --with-client` writes.',
        {
          sites: list({ $ref: '#/$defs/site' }),
          client: { type: 'object', description: 'The Google client file.' },
        },
        'sites',
      ),
    ),
    $defs: { site: SITE },
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
