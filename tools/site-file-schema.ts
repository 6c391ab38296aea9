/** docs/site-file.schema.json: what `site export` writes, and `site import` and `migrate --from` read, as JSON. */

import {
  type FieldKey,
  GENERAL_FIELDS,
  type SiteField,
  SMTP_FIELDS,
} from '../src/sites/site-fields.js';
import { anyOf, list, maybe, oneOfWords, type Schema, text } from './schema-parts.js';

/** Only these fields, of which only the named ones are required. */
function fields(description: string, all: Readonly<Record<string, Schema>>, ...must: string[]) {
  return {
    description,
    type: 'object',
    properties: all,
    required: must,
    additionalProperties: false,
  };
}

/** What there is to say about a field in a file beyond the description of its option. */
const MORE: Partial<Record<FieldKey, Schema>> = {
  organisation: { description: 'The name that patients see; the site’s unless given.' },
  account: { description: 'The Google account that is to send.' },
  smtpPort: { type: 'integer', minimum: 1, maximum: 65_535, description: '587 unless given.' },
  smtpSecurity: {
    ...oneOfWords(['tls', 'starttls', 'none']),
    description: 'By the port unless given.',
  },
};

function properties(rows: readonly SiteField[]): Record<string, Schema> {
  const schemas = rows.map(({ key, property, option, isRequired }) => {
    const help = option?.[1] ?? '';
    const description = `${help.charAt(0).toUpperCase()}${help.slice(1)}.`;
    const schema = { ...text, description, ...MORE[key] };
    return [property, isRequired === true ? schema : maybe(schema)];
  });
  return Object.fromEntries(schemas);
}

const SMTP = fields(
  'The old way to send; null or absent if there is none.',
  {
    ...properties(SMTP_FIELDS),
    password: maybe({ ...text, description: 'Only for an import: an export holds no secret.' }),
  },
  'host',
);

const SITE = fields(
  'A practice.',
  {
    name: { ...text, description: 'What it is called on record; at most 64 characters.' },
    ...properties(GENERAL_FIELDS),
    smtp: maybe(SMTP),
  },
  'name',
  'login',
);

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
