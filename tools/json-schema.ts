/** docs/json-events.schema.json: what `--json` writes, one object per line, as a JSON Schema (draft 2020-12). */

import { toJsonSchema } from '@valibot/to-json-schema';
import { EVENT_DEFINITIONS, eventSchema } from '../src/terminal/events.js';

export function jsonSchema(): string {
  const { $schema, ...schema } = toJsonSchema(eventSchema, {
    target: 'draft-2020-12',
    definitions: EVENT_DEFINITIONS,
  });
  return `${JSON.stringify({ $schema, title: 'A line of writeupp-mail --json', ...schema }, null, 2)}\n`;
}
