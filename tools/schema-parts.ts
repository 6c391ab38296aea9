/** The words that docs/json-events.schema.json is written in. */

/** A part of a JSON Schema. */
export type Schema = Readonly<Record<string, unknown>>;

export const text: Schema = { type: 'string' };
export const bool: Schema = { type: 'boolean' };
export const integer: Schema = { type: 'integer' };
/** ISO 8601, UTC. */
export const time: Schema = { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z$' };

export function ref(name: string): Schema {
  return { $ref: `#/$defs/${name}` };
}

export function constant(value: string | boolean): Schema {
  return { const: value };
}

export function oneOfWords(words: readonly string[]): Schema {
  return { enum: words };
}

export function list(items: Schema): Schema {
  return { type: 'array', items };
}

export function anyOf(...options: readonly Schema[]): Schema {
  return { anyOf: options };
}

/** It, or null. */
export function maybe(schema: Schema): Schema {
  return anyOf(schema, { type: 'null' });
}

/** @param always the fields that are always there @param sometimes those that may be */
export function object(
  description: string,
  always: Readonly<Record<string, Schema>>,
  sometimes: Readonly<Record<string, Schema>> = {},
): Schema {
  return {
    description,
    type: 'object',
    properties: { ...always, ...sometimes },
    required: Object.keys(always),
  };
}
