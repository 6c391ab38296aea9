/** Building blocks of docs/site-file.schema.json. */

/** A part of a JSON Schema. */
export type Schema = Readonly<Record<string, unknown>>;

export const text: Schema = { type: 'string' };

export function oneOfWords(words: readonly string[]): Schema {
  return { enum: words };
}

export function list(items: Schema): Schema {
  return { type: 'array', items };
}

export function anyOf(...options: readonly Schema[]): Schema {
  return { anyOf: options };
}

/** Also accepts null. */
export function maybe(schema: Schema): Schema {
  return anyOf(schema, { type: 'null' });
}
