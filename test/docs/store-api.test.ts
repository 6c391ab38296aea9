/** docs/store-api.openapi.json says what the program sends to a backend, and what it takes from one. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as v from 'valibot';
import { runCheck } from '../../src/doctor/run-check.js';
import { storeChecks } from '../../src/doctor/store-checks.js';
import { openBackend } from '../../src/kit/backend.js';
import { isSiteName } from '../../src/sites/site-name.js';
import { confirmByPerson } from '../../src/sites/warrant.js';
import { eventOf } from '../../src/stores/history-line.js';
import { readWireSite, storeFacts, wireClaim } from '../../src/stores/http/wire.js';
import { type Json, SettingsApi, type Told } from '../settings-api/settings-api.js';
import { aSite, DELEGATED, GMAIL, SMTP, TEST_MESSAGE } from '../sites/a-site.js';

const FILE = new URL('../../docs/store-api.openapi.json', import.meta.url);
const NAME = 'harbour-physio';

// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document, walked by its own rules.
let document: any;
let ajv: Ajv2020;
let api: SettingsApi;
let home: string;

beforeAll(async () => {
  document = JSON.parse(await readFile(FILE, 'utf8'));
  ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'api', ...document });
  api = await new SettingsApi().listen();
  home = await mkdtemp(join(tmpdir(), 'openapi-'));
  await playAll();
});
afterAll(async () => {
  await api.close();
  await rm(home, { recursive: true });
});

/** Every verb, by the store itself and by the conformance run. */
async function playAll(): Promise<void> {
  const { password: _, ...smtp } = SMTP;
  const { credentials: __, doneInWriteUpp: ___, ...site } = aSite();
  api.put({ ...site, smtp });
  const { signal } = new AbortController();
  const backend = await openBackend({
    ...{ storeUrl: api.url, home, isRehearsal: true, readOnly: false, givenToken: api.token },
    ...{ signal, note: () => undefined, secrets: () => Promise.reject(new Error('none')) },
  });
  const { store } = await backend.open();
  const held = await store.claim(NAME, { command: 'test', signal, onWait: () => undefined });
  await held.apply({
    kind: 'settings',
    settings: { ...aSite(), smtp: null, sendAs: 'j@h.example' },
  });
  await held.apply({ kind: 'connect', connection: DELEGATED, credentials: 'vault' });
  await held.apply({ kind: 'connect', connection: { ...GMAIL, id: '2' }, credentials: 'vault' });
  await held.apply({ kind: 'test', connection: '2', test: TEST_MESSAGE });
  const message = TEST_MESSAGE.id;
  await held.apply({ kind: 'receipt', message, arrival: 'confirmed', senderSeen: true });
  await held.apply({ kind: 'remove-smtp', at: new Date(), authority: confirmByPerson() });
  await store.names();
  await store.sharing(GMAIL);
  for await (const event of store.history.read(null)) expect(event).toBeDefined();
  await held.apply({ kind: 'disconnect', connection: '2' });
  await held.release();
  const { checks } = storeChecks(backend, signal);
  for (const check of checks) await runCheck(check, signal);
}

/** The path of the document that a request is at. */
function templateOf(path: string): string | undefined {
  const [plain = ''] = path.split('?');
  return Object.keys(document.paths).find((template) =>
    new RegExp(`^${template.replace(/\{[^}]*\}/g, '[^/]+')}$`).test(plain),
  );
}

const operationOf = ({ method, path }: Told) =>
  document.paths[templateOf(path) ?? '']?.[method.toLowerCase()];

function problems(pointer: string, value: unknown): string {
  const check = ajv.compile({ $ref: `api#${pointer}` });
  return check(value) ? '' : ajv.errorsText(check.errors);
}
const escaped = (part: string) => part.replaceAll('~', '~0').replaceAll('/', '~1');

test('each request that is sent is in it, with the headers and the body that it asks for', () => {
  expect(api.requests.length).toBeGreaterThan(40);
  for (const told of api.requests) {
    const operation = operationOf(told);
    expect([told.method, told.path, operation !== undefined]).toEqual([
      told.method,
      told.path,
      true,
    ]);
    if (told.status >= 400) continue;
    for (const { name, in: where, required } of operation.parameters ?? []) {
      if (!required || where === 'path') continue;
      const given =
        where === 'header'
          ? told.headers[name.toLowerCase()]
          : new URL(told.path, 'http://x').searchParams.get(name);
      expect([told.path, name, given == null]).toEqual([told.path, name, false]);
    }
    if (operation.requestBody === undefined) continue;
    const at = `/paths/${escaped(templateOf(told.path) ?? '')}/${told.method.toLowerCase()}`;
    expect(problems(`${at}/requestBody/content/application~1json/schema`, told.body)).toBe('');
  }
});

test('each answer that is taken is as it says', () => {
  for (const told of api.requests) {
    const response = operationOf(told)?.responses[told.status];
    expect([told.method, told.path, told.status, response !== undefined]).toEqual([
      ...[told.method, told.path, told.status, true],
    ]);
    if (told.answer === undefined) continue;
    const at = `/paths/${escaped(templateOf(told.path) ?? '')}/${told.method.toLowerCase()}/responses/${told.status}`;
    const pointer =
      told.status >= 400 ? '/components/schemas/Problem' : `${at}/content/application~1json/schema`;
    expect([told.path, problems(pointer, told.answer)]).toEqual([told.path, '']);
  }
});

test('each verb in it is one that the program uses', () => {
  const used = new Set(
    api.requests.map(({ method, path }) => `${method.toLowerCase()} ${templateOf(path)}`),
  );
  const listed = Object.entries(document.paths).flatMap(([path, verbs]) =>
    Object.keys(verbs as object).map((verb) => `${verb} ${path}`),
  );
  expect(listed.filter((one) => !used.has(one))).toEqual([]);
});

test.each([
  ...[
    'harbour-physio',
    'Søhus',
    'St. Mary’s',
    "St. Mary's (north) & co+1",
    '診療所',
    '1',
    'con-tact',
    'com10',
  ],
  ...[
    'x'.repeat(64),
    'x'.repeat(65),
    '',
    ' quay',
    'quay ',
    'quay.',
    '.quay',
    '-quay',
    '_quay',
    'a/b',
    'a\\b',
  ],
  ...[
    '../outside',
    'con',
    'CON',
    'nul.txt',
    'Com1',
    'lpt9 .x',
    'lpt¹',
    'quay\n',
    'a\u0000',
    '\u001b[2J',
    'a:b',
  ],
])('a name of a site is one in it where it is one for the program: %j', (name) => {
  expect(problems('/components/schemas/SiteName', name) === '').toBe(isSiteName(name));
});

test('a line of the history is one in it only with the facts of its step', () => {
  const EVENT = '/components/schemas/Event';
  const steps = new Map<string, Json>(api.history.map((line) => [line.step, line]));
  const listed = document.components.schemas.Event.allOf.flatMap(
    ({ if: { properties } }: Json) => properties.step.enum ?? [properties.step.const],
  );
  expect([...steps.keys()].sort()).toEqual([...new Set(listed)].sort());
  for (const line of steps.values()) {
    expect(eventOf(line)).toEqual(line);
    const { id, at, site, command, step, outcome, who, host, ...facts } = line;
    for (const fact of Object.keys(facts)) {
      const { [fact]: _, ...without } = line;
      // A removal can be asked for where no account is connected.
      const mayLack = step === 'revert-smtp' && fact === 'account';
      expect([step, fact, problems(EVENT, without) === '']).toEqual([step, fact, mayLack]);
      expect([step, fact, problems(EVENT, { ...line, [fact]: null })]).not.toContain('');
      expect(eventOf({ ...line, [fact]: null })).toMatchObject(without);
    }
  }
});

const CLAIM =
  '/paths/~1v1~1sites~1{site}~1claims/post/responses/201/content/application~1json/schema';
const FACTS = '/components/schemas/Facts';
const SITE_AT = '/components/schemas/Site';
const takes: Record<string, (value: unknown) => boolean> = {
  [CLAIM]: (value) => v.is(wireClaim, value),
  [FACTS]: (value) => v.is(storeFacts, value),
  [SITE_AT]: (value) => readWireSite(value) === null,
};

test.each<[where: string, change: (value: Json) => void]>([
  ...[0, 4, 1.5, 3_601, '60'].map((seconds): [string, (value: Json) => void] => [
    CLAIM,
    (claim) => Object.assign(claim, { seconds }),
  ]),
  [CLAIM, (claim) => Object.assign(claim, { claim: '' })],
  [FACTS, (facts) => Object.assign(facts, { claimSeconds: 4 })],
  [FACTS, (facts) => Object.assign(facts, { id: '../x' })],
  [FACTS, (facts) => Object.assign(facts, { recipient: 'age1short' })],
  [FACTS, (facts) => Object.assign(facts, { clientIds: [''] })],
  [SITE_AT, (site) => Object.assign(site, { name: '../outside' })],
  [SITE_AT, (site) => Object.assign(site, { organisation: '' })],
  [SITE_AT, (site) => Object.assign(site, { leftToDo: ['another'] })],
  [SITE_AT, (site) => Object.assign(site, { etag: 'W/"1"' })],
  [SITE_AT, (site) => Object.assign(site, { smtp: { ...site.smtp, port: 0 } })],
  [SITE_AT, (site) => Object.assign(site, { smtp: { ...site.smtp, security: 'ssl' } })],
  [SITE_AT, (site) => Object.assign(site, { gmail: { ...site.gmail, subject: '' } })],
])('what the program refuses, it refuses too: %s %#', (where, change) => {
  const site = () => {
    const { password: _, ...smtp } = SMTP;
    const { credentials: __, doneInWriteUpp: ___, ...common } = aSite();
    const { tokenSlot: ____, usedAt: _____, ...gmail } = GMAIL;
    return { ...common, smtp, gmail: { ...gmail, test: TEST_MESSAGE }, leftToDo: [], etag: '"1"' };
  };
  const value: Json = structuredClone(
    where === FACTS
      ? { ...api.facts, recipient: `age1${'q'.repeat(58)}` }
      : where === CLAIM
        ? { claim: '1', seconds: 60, site: site() }
        : site(),
  );
  expect([takes[where]?.(value), problems(where, value)]).toEqual([true, '']);
  change(value);
  expect(takes[where]?.(value)).toBe(false);
  expect(problems(where, value)).not.toBe('');
});
