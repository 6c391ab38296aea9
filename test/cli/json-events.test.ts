/** docs/json-events.schema.json describes what real runs write with `--json`: every line, and every field of it. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { once } from '../support/once.js';
import { useComputer } from '../support/use-stand-in.js';
import { ACCOUNT, LOGIN, type ProgramOptions, SITE, type Workspace } from '../support/workspace.js';

const { google, workspace } = useComputer({ computerFor: 'file' });
let validate: ValidateFunction;
const seen = new Set<string>();

beforeAll(async () => {
  const url = new URL('../../docs/json-events.schema.json', import.meta.url);
  const schema = closed(JSON.parse(await readFile(url, 'utf8'))) as object;
  validate = new Ajv2020().compile(schema);
});

/** Runs a command with `--json`, and holds each of its lines against the schema. */
async function holds(args: readonly string[], options?: ProgramOptions): Promise<number | null> {
  return check(args, await workspace.run([...args, '--json'], options));
}

function check(
  args: readonly string[],
  { events, stdout, code }: Awaited<ReturnType<Workspace['run']>>,
): number | null {
  expect({ args, stdout }).not.toEqual({ args, stdout: '' });
  expect(events.length).toBeGreaterThan(0);
  for (const event of events) {
    if (!validate(event)) throw new Error(`${args.join(' ')}: ${JSON.stringify(event)}`);
    seen.add(event.event);
  }
  return code;
}

const wholeSwitch = once(async () => {
  expect(await holds([])).toBe(0);
  expect(await holds(['status'])).toBe(2);
  check(['site', 'add'], await workspace.addSite());
  expect(await holds([])).toBe(0);
  expect(await holds(['--version', '--verbose'])).toBe(0);
  expect(await holds(['migrate'])).toBe(2);
  expect(await holds(['migrate', '--dry-run', '--yes'])).toBe(0);
  const { run } = await workspace.runWithPerson(['migrate', '--yes', '--json'], {
    account: ACCOUNT,
  });
  expect(check(['migrate'], run)).toBe(0);
  expect(await holds(['migrate', '--yes'])).toBe(0);
  expect(await holds(['test-connection'])).toBe(0);
  expect(await holds(['sign-in'])).toBe(0);
  expect(await holds(['sign-in', '--admin-note'])).toBe(0);
  expect(await holds(['status', '--check'])).toBe(0);
  expect(await holds(['status', '--for-support'])).toBe(0);
  expect(await holds(['doctor', '--site', SITE])).toBe(0);
  expect(await holds(['status', '--done-in-writeupp'])).toBe(0);
  expect(await holds(['revert-smtp', '--yes'])).toBe(0);
  expect(await holds(['history'])).toBe(0);
});
test('of a whole switch, of what is looked at, and of what is refused', wholeSwitch);

const messages = once(async () => {
  await wholeSwitch();
  const message = `To: ${LOGIN}\r\nSubject: Hello\r\n\r\nHello.\r\n`;
  expect(await holds(['send'], { input: message })).toBe(0);
  expect(await holds(['send'], { input: '' })).toBe(2);
  const spool = join(workspace.folder, 'spool');
  await mkdir(join(spool, 'new'), { recursive: true });
  await writeFile(join(spool, 'new', 'good'), message);
  await writeFile(join(spool, 'new', 'bad'), 'Subject: to nobody\r\n\r\nHello.\r\n');
  const batch = ['send', '--batch', spool, '--settle', '0'];
  expect(await holds(batch)).toBe(2);
  expect(await holds([...batch, '--again', 'bad', '--yes'])).toBe(0);
});
test('of messages', messages);

const manySites = once(async () => {
  await messages();
  const table = (rows: string) => ({ input: `name,login,smtp-host\n${rows}` });
  const good = `willow,${LOGIN},smtp.gmail.com\n`;
  const bad = 'elm,nobody,smtp.gmail.com\n';
  expect(await holds(['site', 'import', '-', '--dry-run'], table(good))).toBe(0);
  expect(await holds(['site', 'import', '-'], table(bad))).toBe(2);
  expect(await holds(['site', 'import', '-', '--skip-invalid'], table(good + bad))).toBe(1);
  expect(await holds([])).toBe(0);
  expect(await holds(['site', 'list'])).toBe(0);
  expect(await holds(['site', 'show', 'willow'])).toBe(0);
  expect(await holds(['site', 'export', '--with-client'])).toBe(0);
  const other = join(workspace.folder, 'other');
  expect(await holds(['site', 'move', 'willow', '--to', other])).toBe(0);
  const home = { env: { WRITEUPP_MAIL_HOME: other } };
  const back = join(workspace.home, '..');
  expect(await holds(['site', 'move', 'willow', '--to', back], home)).toBe(0);
  expect(await holds(['status', '--all'])).toBe(0);
  expect(await holds(['status', '--all', '--check', '--changes'])).toBe(5);
  expect(await holds(['migrate', '--yes'])).toBe(2);
  expect(await holds(['migrate', '--all', '--yes'])).toBe(4);
  const mailer = google.addServiceAccount({ scopes: [] });
  const key = join(workspace.folder, 'key.json');
  await writeFile(key, JSON.stringify(await mailer.newKey()), { mode: 0o600 });
  const byKey = ['--service-account', key, '--account', ACCOUNT];
  expect(await holds(['sign-in', '--admin-note', ...byKey])).toBe(0);
  expect(await holds(['migrate', '--site', 'willow', '--yes', ...byKey])).toBe(1);
  mailer.scopes = ['https://www.googleapis.com/auth/gmail.send'];
  expect(await holds(['migrate', '--all', '--yes', '--verbose', ...byKey])).toBe(0);
  expect(await holds(['sign-out', '--yes', '--site', 'willow'])).toBe(0);
  expect(await holds(['site', 'remove', 'willow', '--yes'])).toBe(0);
  expect(await holds(['sign-out', '--yes', '--site', SITE])).toBe(0);
});
test('of many sites', manySites);

test('and names no event that these runs have not written, but for the address that a person must open, and the pause of a watch', async () => {
  await manySites();
  const schema = validate.schema as { readonly $defs: object };
  const events = Object.keys(schema.$defs).filter((name) => name.startsWith('event-'));
  expect(events.map((name) => name.slice('event-'.length)).sort()).toEqual(
    [...seen, 'sign-in-url', 'pause'].sort(),
  );
});

/** The same schema with every object closed: a field that it does not describe is a fault here. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, closed(value)]),
  );
  const isClosed = inner.type === 'object' && Object.keys(inner.properties ?? {}).length > 0;
  return isClosed ? { ...inner, additionalProperties: false } : inner;
}
