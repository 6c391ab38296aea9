/** Hostile input: whatever a file, an answer or a name holds, it ends in a clear error, and never in the terminal. */

import { inspect } from 'node:util';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MailError } from '../../src/errors.js';
import { explainGoogleError } from '../../src/google/explain.js';
import { readFailure } from '../../src/google/failure.js';
import { parseOAuthClient } from '../../src/google/oauth-client-file.js';
import { parseSite, serialiseSite } from '../../src/sites/record.js';
import { humanReporter } from '../../src/terminal/human-reporter.js';
import { jsonReporter } from '../../src/terminal/json-reporter.js';
import { lookOf } from '../../src/terminal/look.js';
import { aSite, GMAIL, SMTP } from '../sites/a-site.js';

const WHERE = '/settings/file.json';
const json = fc.json({ maxDepth: 4 });
const anything = fc.oneof(json, fc.string({ unit: 'binary' }), fc.constant('\ufeff{}'));

/** Runs a reader; gives the code of its MailError, or null where it read something. Anything else is a crash. */
function codeOf(read: () => unknown): string | null {
  try {
    read();
    return null;
  } catch (error) {
    if (error instanceof MailError) return error.code;
    throw error;
  }
}

test('a client file of any shape is a client, or is refused', () => {
  const value = fc.oneof(fc.jsonValue(), fc.constant('id.apps.googleusercontent.com'));
  const shaped = fc
    .record(
      {
        installed: fc.oneof(
          fc.record({ client_id: value, client_secret: value }, { requiredKeys: [] }),
          value,
        ),
        web: value,
        type: value,
      },
      { requiredKeys: [] },
    )
    .map((file) => JSON.stringify(file));
  fc.assert(
    fc.property(fc.oneof(anything, shaped), (text) => {
      const code = codeOf(() => {
        const client = parseOAuthClient(text, WHERE);
        expect(client.id.trim()).not.toBe('');
      });
      expect([null, 'invalid-oauth-client']).toContain(code);
    }),
    { numRuns: 3_000 },
  );
});

test('a record of any shape, or with any field replaced, is a site or is reported', () => {
  const whole = JSON.parse(serialiseSite(aSite({ smtp: SMTP, gmail: GMAIL })));
  const paths = [
    ...Object.keys(whole),
    ...Object.keys(SMTP).map((k) => `smtp.${k}`),
    ...Object.keys(GMAIL).map((k) => `gmail.${k}`),
    '__proto__',
    'constructor',
  ];
  const changed = fc.tuple(fc.constantFrom(...paths), fc.jsonValue()).map(([path, value]) => {
    const [first = '', second] = path.split('.');
    const part = second === undefined ? value : { ...whole[first], [second]: value };
    return JSON.stringify({ ...whole, [first]: part });
  });
  fc.assert(
    fc.property(fc.oneof(anything, changed), (text) => {
      const code = codeOf(() => {
        const site = parseSite(text, WHERE);
        expect(parseSite(serialiseSite(site), WHERE)).toEqual(site);
      });
      expect([null, 'storage']).toContain(code);
    }),
    { numRuns: 3_000 },
  );
});

test('an error of any shape is explained, and no secret in it comes out', () => {
  const secrets = [
    'ya29.SECRETsecretSECRETsecret',
    '1//0SECRETsecretSECRET',
    '4/0SECRETsecretSECRET',
    'GOCSPX-SECRETsecretSECRET',
  ];
  const words = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(...secrets),
    fc.constantFrom(...secrets).map((secret) => `<html><p>${secret}\u001b[2J`),
  );
  const tree = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      words,
      fc.integer(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom(
          'error',
          'error_description',
          'error_subtype',
          'message',
          'errors',
          'details',
          'reason',
          'metadata',
          'activationUrl',
          'status',
          'code',
        ),
        tie('value'),
      ),
    ),
  })).value;
  const thrown = fc.oneof(
    tree,
    fc.record(
      {
        message: tree,
        code: tree,
        name: tree,
        cause: tree,
        config: tree,
        response: fc.record({
          status: fc.oneof(fc.integer({ min: 100, max: 599 }), tree),
          data: tree,
          headers: tree,
        }),
      },
      { requiredKeys: [] },
    ),
  );
  fc.assert(
    fc.property(
      thrown,
      fc.constantFrom('exchange-code', 'refresh', 'revoke', 'send', 'keys', 'discover'),
      (error, operation) => {
        const told = [readFailure(error, operation), explainGoogleError(error, operation)];
        const text = inspect(
          told.map((one) => (one instanceof MailError ? { ...one, message: one.message } : one)),
          { depth: 10 },
        );
        expect(text).not.toMatch(/SECRETsecret/);
        expect(JSON.stringify(told)).not.toMatch(/\\u001b|\u009b/);
      },
    ),
    { numRuns: 3_000 },
  );
});

/** What a reporter writes, as a terminal would get it. */
function written(
  makeReporter: typeof jsonReporter,
  act: (reporter: ReturnType<typeof jsonReporter>) => void,
): string {
  let text = '';
  const stream = { isTTY: true, columns: 80, write: (chunk: string) => (text += chunk) };
  const streams = { stdout: stream, stderr: stream } as never;
  act(makeReporter(streams));
  return text;
}

test('no text from outside moves the cursor or turns the writing round, for people or as JSON', () => {
  const nasty = fc.string({
    unit: fc.constantFrom(
      '\u001b[2J',
      '\u001b]0;title\u0007',
      '\u001b[8m',
      '\u009b1A',
      '\r',
      '\b',
      '\0',
      '\u202e',
      '\u2066',
      '\u007f',
      'é',
      'שלום',
      '🙂',
      ' ',
      '"',
    ),
    minLength: 1,
    maxLength: 20,
  });
  fc.assert(
    fc.property(nasty, (text) => {
      const act = (reporter: ReturnType<typeof jsonReporter>) => {
        reporter.result({ next: text }, [text]);
        reporter.error(new MailError('internal', text, text));
        reporter.note(text);
      };
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the very characters that are looked for.
      const own = /\u001b\[(?:1|2|22|31|32|33|39)m/g;
      const forPeople = written(
        (streams) => humanReporter(streams, lookOf({}, false)),
        act,
      ).replace(own, '');
      const forScripts = written(jsonReporter, act);
      for (const output of [forPeople, forScripts]) {
        expect(output).not.toMatch(/(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
      }
      const [result = ''] = forScripts.split('\n');
      expect(JSON.parse(result).next).toBe(text);
    }),
    { numRuns: 1_000 },
  );
});
