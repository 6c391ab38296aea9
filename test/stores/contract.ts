/**
 * What every store of sites promises (src/sites/site-store.ts): files, PostgreSQL and a backend over HTTP pass the same
 * tests (`contract*.test.ts`), so whatever one refuses or fences, the others do too.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SLOTS } from '../../src/credentials/credential-reader.js';
import type { CredentialStore } from '../../src/credentials/credential-store.js';
import type { MailError } from '../../src/errors.js';
import type { Change } from '../../src/sites/change.js';
import { HeldSite } from '../../src/sites/held-site.js';
import { sealed } from '../../src/sites/secrets.js';
import { storedKey } from '../../src/sites/service-keys.js';
import type { Site } from '../../src/sites/site.js';
import type { HistoryEvent } from '../../src/sites/site-history.js';
import type { SiteStore } from '../../src/sites/site-store.js';
import { confirmByPerson } from '../../src/sites/warrant.js';
import type { LockHolder } from '../../src/storage/lock-holder.js';
import {
  aSite,
  DELEGATED,
  GMAIL,
  ISSUER,
  SMTP as OWN_SMTP,
  TEST_MESSAGE,
} from '../sites/a-site.js';
import { HOME, type OpenedStore, openForTest } from './open-for-test.js';

const STORE_USER = fileURLToPath(new URL('../../build/test/stores/store-user.js', import.meta.url));
/** The site that most of the tests are about. */
export const NAME = 'harbour-physio';

const options = (
  onWait: (holder: LockHolder | null) => void = () => undefined,
  signal = new AbortController().signal,
) => ({ command: 'migrate', signal, onWait });

/** A kind of store under test. */
export interface Kind {
  /** A place of its own for each test. */
  newPlace(): Promise<string>;
  removePlace(place: string): Promise<void>;
  /** Changes the record of NAME as it is kept, as time or another program could. */
  edit(place: string, change: (record: Record<string, unknown>) => void): Promise<void>;
  /** Puts a copy of the record of NAME in the place of another site's. */
  copyRecord(place: string, to: string): Promise<void>;
  /** Removes the record of NAME behind the back of whoever holds it. */
  removeRecord(place: string): Promise<void>;
  /** Puts records there, quicker than by claims. */
  fill(place: string, sites: readonly Site[]): Promise<void>;
  /** Does work as a run that is killed before it has written its line, where that is not one change with the record. */
  withoutLine(place: string, work: () => Promise<unknown>): Promise<void>;
  /** The secrets that one run works with. */
  secretsOf(store: SiteStore): CredentialStore;
  /** Puts a site there where no run can: as WriteUpp does. */
  put?(place: string, site: Site): Promise<void>;
  /** Lets a stranger claim what another run has claimed. */
  overtake<T>(place: string, claiming: (stranger: SiteStore) => Promise<T>): Promise<T>;
  /** The same of a Google account, where another thing makes its claim. */
  overtakeAccount?: Kind['overtake'];
}

/** What is so of a kind of store, and how much is asked of it. */
export interface Extent {
  /** Whether a kill can come between a record and its line. */
  readonly linesApart: boolean;
  /** Whether the records are this program's own; WriteUpp's can neither be added nor removed by it. */
  readonly isOwn: boolean;
  /** How many sites are listed at once. */
  readonly many: number;
}

/** The tests. */
export function holdsTheContract(kind: () => Kind, { linesApart, isOwn, many }: Extent): void {
  // The password of WriteUpp's own SMTP settings never leaves it.
  const SMTP = isOwn ? OWN_SMTP : { ...OWN_SMTP, password: null };
  // Not skipped: nothing is missing where they don't apply.
  const testOfOwn: (name: string, work: () => Promise<void>) => void = isOwn
    ? test
    : () => undefined;
  let place: string;
  let opened: OpenedStore[];
  let children: ChildProcess[];
  let store: SiteStore;

  beforeEach(async () => {
    place = await kind().newPlace();
    [opened, children] = [[], []];
    store = await open();
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    for (const each of opened) await each.close();
    await kind().removePlace(place);
  });

  /** As another run sees it. */
  async function open(): Promise<SiteStore> {
    const one = await openForTest(place);
    opened.push(one);
    return one.store;
  }
  const claim = (of = store, name = NAME) => of.claim(name, options());
  const overtakeSite = () => kind().overtake(place, (stranger) => stranger.claim(NAME, options()));
  const settings = (site: Site): Change => ({ kind: 'settings', settings: site });

  async function put(site = aSite()): Promise<void> {
    const { put: putThere } = kind();
    if (putThere !== undefined) return putThere(place, site);
    const held = await store.claim(site.name, options());
    await held.apply({ kind: 'arrive', site });
    await held.release();
  }
  async function inList(of = store): Promise<(Site | MailError)[]> {
    const found: (Site | MailError)[] = [];
    for await (const one of of.list()) found.push(one);
    return found;
  }

  /** A process that holds the site. */
  async function holder(): Promise<ChildProcess> {
    const child = spawn(process.execPath, [STORE_USER, place, NAME, HOME], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    await once(child.stdout ?? child, 'data');
    return child;
  }

  test('a record comes back as it was written, to another run too; names are sorted', async () => {
    expect(await store.names()).toEqual([]);
    expect(await store.read(NAME)).toBeNull();
    const site = aSite({ smtp: SMTP, gmail: GMAIL, credentials: 'keychain' });
    await put(site);
    await put(aSite({ name: 'Zürich' }));
    await put(aSite({ name: 'aberdeen' }));
    const other = await open();
    expect(await other.read(NAME)).toEqual(site);
    expect(await other.read(NAME.toUpperCase())).toEqual(site);
    expect(await other.names()).toEqual(await store.names());
    expect(await other.names()).toHaveLength(3);
    expect((await other.names()).indexOf('aberdeen')).toBe(0);
    expect(await inList(other)).toEqual([
      expect.objectContaining({ name: 'aberdeen' }),
      site,
      expect.objectContaining({ name: 'Zürich' }),
    ]);
    await put({ ...site, smtp: null });
    expect(await other.read(NAME)).toEqual({ ...site, smtp: null });
  });

  test('one run has a site at a time; who waits is told by whom, and goes on when it is free', async () => {
    const first = await claim();
    const told: (LockHolder | null)[] = [];
    const waiting = (await open()).claim(
      NAME,
      options((by) => told.push(by)),
    );
    while (told.length === 0) await sleep(10);
    expect(told).toEqual([expect.objectContaining({ pid: process.pid, command: 'migrate' })]);
    await (isOwn ? first.apply({ kind: 'add', site: aSite() }) : put());
    await first.release();
    await first.release();
    const second = await waiting;
    expect(second.id).not.toBe(first.id);
    expect(await second.read()).toEqual(aSite());
    await second.release();
  });

  test('one run does not have a site twice either, and may have two sites', async () => {
    const first = await claim();
    const other = await claim(store, 'aberdeen');
    const told: unknown[] = [];
    const waiting = store.claim(
      NAME,
      options((by) => told.push(by)),
    );
    while (told.length === 0) await sleep(10);
    await first.release();
    const second = await waiting;
    await expect(first.confirm()).rejects.toMatchObject({ code: 'site-busy' });
    await second.confirm();
    await other.confirm();
    await second.release();
    await other.release();
  });

  test('a claim that was let go changes nothing any more, though nobody else has it', async () => {
    await put();
    const held = await claim();
    await held.release();
    const isLost = { code: 'site-busy' };
    await expect(held.confirm()).rejects.toMatchObject(isLost);
    await expect(held.apply({ kind: 'remove' })).rejects.toMatchObject(isLost);
    expect(await store.read(NAME)).toEqual(aSite());
  });

  test('the name in another case is the same site: one claim, one record', async () => {
    await put();
    const held = await claim(store, NAME.toUpperCase());
    const busy = store.claim(NAME, { ...options(), mayWait: false });
    await expect(busy).rejects.toMatchObject({ code: 'site-busy' });
    const adding = held.apply({ kind: 'add', site: aSite({ name: NAME.toUpperCase() }) });
    await expect(adding).rejects.toMatchObject({ code: isOwn ? 'invalid-settings' : 'usage' });
    await held.apply(settings(aSite({ organisation: 'Other' })));
    await held.release();
    expect(await store.names()).toEqual([NAME]);
    expect(await store.read(NAME)).toEqual(aSite({ organisation: 'Other' }));
    expect(await all(store, NAME)).toMatchObject([{ site: NAME, step: 'change-site' }]);
  });

  test('who waits can stop', async () => {
    const first = await claim();
    const stopping = new AbortController();
    const waiting = (await open()).claim(
      NAME,
      options(() => stopping.abort(), stopping.signal),
    );
    await expect(waiting).rejects.toMatchObject({ code: 'interrupted' });
    await first.confirm();
    await first.release();
  });

  describe('a run that was overtaken', () => {
    const isLost = { code: 'site-busy' };
    const WORD = confirmByPerson();
    const now = new Date();
    const site = aSite({ smtp: SMTP, gmail: GMAIL, credentials: 'team' });

    const ofComputer = aSite({ smtp: SMTP, gmail: GMAIL, credentials: 'keychain' });

    const changes: readonly Change[] = [
      { kind: 'add', site },
      { kind: 'add', site: ofComputer },
      { kind: 'arrive', site: ofComputer },
      { kind: 'arrive', site: aSite({ organisation: 'Other' }) },
      { kind: 'connect', connection: { ...GMAIL, id: '2' }, credentials: 'team' },
      { kind: 'disconnect', connection: GMAIL.id },
      { kind: 'test', connection: GMAIL.id, test: { ...TEST_MESSAGE, id: '2' } },
      { kind: 'receipt', message: TEST_MESSAGE.id, arrival: 'confirmed', senderSeen: true },
      { kind: 'remove-smtp', at: now, authority: WORD },
      settings({ ...site, organisation: 'Other' }),
      { kind: 'use', connection: GMAIL.id, usedAt: now.toISOString() },
      { kind: 'keep-secrets-in', credentials: null },
      { kind: 'keep-secrets-in', credentials: 'keychain' },
      { kind: 'remove' },
    ];
    const asked = changes.filter(
      ({ kind }) => isOwn || !['add', 'arrive', 'remove'].includes(kind),
    );
    test.each(asked)('makes no change any more: $kind', async (change) => {
      if (change.kind !== 'add') await put(site);
      const first = await claim();
      const second = await overtakeSite();
      await expect(first.confirm()).rejects.toMatchObject(isLost);
      await expect(first.apply(change)).rejects.toMatchObject(isLost);
      await first.release();
      expect(await all(store, null)).toEqual([]);
      expect(await store.read(NAME)).toEqual(change.kind === 'add' ? null : site);
      await second.confirm();
      const last = isOwn ? aSite() : { ...site, organisation: 'Last' };
      await second.apply(isOwn ? { kind: 'arrive', site: last } : settings(last));
      expect(await store.read(NAME)).toEqual(last);
      await second.release();
    });

    const verbs: [what: string, verb: (held: HeldSite) => Promise<unknown>][] = [
      ['a password', (held) => held.change({ ...site, login: 'j@h.example' }, 'a password')],
      ['an access token', (held) => held.keepAccessToken(GMAIL, 'access token')],
      ['a refresh token', (held) => held.connect(GMAIL, 'a token', async () => null)],
      ['a key', (held) => held.connectByDelegation(DELEGATED, 'the key')],
      ['the end of a connection', (held) => held.disconnect((_, confirm) => confirm())],
      ['the end of SMTP settings', (held) => held.revertSmtp(WORD, now)],
      ['the end of a site', (held) => held.remove()],
    ];
    test.each(verbs)('changes no secret any more: %s', async (_what, verb) => {
      const secrets = kind().secretsOf(store);
      await put({ ...site, credentials: secrets.kind });
      const first = await claim();
      const ports = { store, lock: options(), openCredentials: async () => secrets };
      const held = new HeldSite({ ...ports, claim: first }, (await first.read()) ?? site);
      for (const slot of SLOTS) await secrets.set(NAME, slot, sealed('first', slot), first.fence);
      const second = await overtakeSite();
      for (const slot of SLOTS) await secrets.set(NAME, slot, sealed('second', slot), second.fence);
      await expect(verb(held)).rejects.toMatchObject(isLost);
      for (const slot of SLOTS) expect(await secrets.get(NAME, slot)).toBe(sealed('second', slot));
      expect(
        await storedKey({ issuer: ISSUER, email: DELEGATED.serviceAccount.email }, secrets),
      ).toBeNull();
      expect(await store.read(NAME)).toEqual({ ...site, credentials: secrets.kind });
      await first.release();
      await second.release();
    });

    test('of a Google account is told so, right before it ends the permission', async () => {
      const first = await store.claimAccount(GMAIL, options());
      await first.confirm();
      const { overtakeAccount = kind().overtake } = kind();
      const second = await overtakeAccount(place, (stranger) =>
        stranger.claimAccount(GMAIL, options()),
      );
      await expect(first.confirm()).rejects.toMatchObject(isLost);
      await second.confirm();
      await first.release();
      await second.release();
    });
  });

  test('a run that stands still keeps its site; killed, it loses it at once', async () => {
    if (!isOwn) await put();
    const child = await holder();
    child.kill('SIGSTOP');
    const told: (LockHolder | null)[] = [];
    const waiting = store.claim(
      NAME,
      options((by) => told.push(by)),
    );
    while (told.length === 0) await sleep(10);
    expect(told[0]).toMatchObject({ pid: child.pid });
    let isMine = false;
    const mine = waiting.then((held) => {
      isMine = true;
      return held;
    });
    // Each of these tries to take it, as whoever waits does again and again.
    const impatient = await open();
    for (let tries = 0; tries < 5; tries += 1) {
      const trying = impatient.claim(NAME, { ...options(), mayWait: false });
      await expect(trying).rejects.toMatchObject({ code: 'site-busy' });
    }
    expect(isMine).toBe(false);
    child.kill('SIGKILL');
    const held = await mine;
    await held.apply(
      isOwn ? { kind: 'add', site: aSite() } : settings(aSite({ sendAs: 'j@h.example' })),
    );
    await held.release();
  });

  testOfOwn('a site that was removed is gone, and can be put on record again', async () => {
    await put();
    const held = await claim();
    await held.apply({ kind: 'remove' });
    expect(await held.read()).toBeNull();
    await held.apply({ kind: 'remove' });
    await held.release();
    expect(await store.names()).toEqual([]);
    expect(await all(store, null)).toMatchObject([{ step: 'remove-site' }]);
    await put(aSite({ organisation: 'Again' }));
    expect(await store.read(NAME)).toMatchObject({ organisation: 'Again' });
  });

  test('one run has a Google account at a time, whatever sites it holds', async () => {
    const site = await claim();
    const first = await store.claimAccount(GMAIL, options());
    const told: unknown[] = [];
    const waiting = (await open()).claimAccount(
      { issuer: GMAIL.issuer, subject: GMAIL.subject },
      options((by) => told.push(by)),
    );
    const other = await store.claimAccount({ ...GMAIL, subject: '2' }, options());
    while (told.length === 0) await sleep(10);
    await first.release();
    await (await waiting).release();
    await other.release();
    await site.release();
  });

  describe('a record that can’t be read is told by every way to it, and left alone:', () => {
    type Harm = [what: string, harm: () => Promise<void>, words: RegExp, hint: RegExp];
    const harms: readonly Harm[] = [
      ['damaged', () => edited({ login: 7 }), /damaged: field login/, /left as it is/],
      ['with a field too many', () => edited({ more: 1 }), /damaged: field more/, /left as it is/],
      [
        'without a version',
        () => edited({ schemaVersion: undefined }),
        /damaged: field schemaVersion/,
        /left as it is/,
      ],
      ['of a newer program', () => edited({ schemaVersion: 99 }), /newer/, /Update writeupp-mail/],
      ['of an older program', () => edited({ schemaVersion: 1 }), /older/, /add the site again/],
      [
        'of another site',
        () => edited({ name: 'aberdeen' }),
        /that of another site, "aberdeen"/,
        /left as it is/,
      ],
    ];
    // A backend's answers have no version, may say more than is known, and are listed by their names.
    test.each(harms.slice(0, isOwn ? undefined : 1))('%s', async (_what, harm, words, hint) => {
      await put(aSite({ gmail: GMAIL, credentials: 'team' }));
      await put(aSite({ name: 'quay', gmail: GMAIL, credentials: 'team' }));
      await harm();
      const refused = {
        code: 'storage',
        message: expect.stringMatching(words),
        hint: expect.stringMatching(hint),
      };
      const held = await claim();
      await expect(store.read(NAME)).rejects.toMatchObject(refused);
      await expect(held.read()).rejects.toMatchObject(refused);
      await expect(held.apply(settings(aSite()))).rejects.toMatchObject(refused);
      const removing = held.apply({ kind: 'remove' });
      await expect(removing).rejects.toMatchObject(isOwn ? refused : { code: 'usage' });
      await held.release();
      expect(await store.names()).toEqual([NAME, 'quay']);
      const [first, ...others] = await inList();
      expect(first).toMatchObject({ ...refused, details: { site: NAME } });
      expect(others).toMatchObject([{ name: 'quay' }]);
      expect(await store.sharing(GMAIL)).toEqual(isOwn ? 'unknown' : { count: 2 });
      expect(await all(store, null)).toEqual([]);
    });
    const edited = (fields: Record<string, unknown>) =>
      kind().edit(place, (record) => Object.assign(record, fields));
  });

  test('a copy of a record under another name is nobody’s: it would share the secrets', async () => {
    await put(aSite({ smtp: SMTP, credentials: 'team' }));
    await kind().copyRecord(place, 'copy');
    await expect(store.read('copy')).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining(`that of another site, "${NAME}"`),
    });
    expect(await store.read(NAME)).toMatchObject({ smtp: SMTP });
  });

  test('a record that went while its site was held is not put back by a change', async () => {
    await put();
    const held = await claim();
    expect(await held.read()).toEqual(aSite());
    await kind().removeRecord(place);
    const change = held.apply(settings(aSite({ organisation: 'Other' })));
    await expect(change).rejects.toMatchObject({ code: 'no-such-site' });
    await held.release();
    expect(await store.names()).toEqual([]);
    expect(await all(store, null)).toEqual([]);
  });

  test.each<[what: string, fields: Partial<Site>]>([
    ['half a character of two', { organisation: 'Harbour \ud83c Physio' }],
    ['the other half', { organisation: 'Harbour \udf0a Physio' }],
    ['the character that ends texts in C', { organisation: 'Harbour\u0000Physio' }],
    ['a sender that is no address', { sendAs: 'jane' }],
    ['an SMTP user of half a character', { smtp: { ...SMTP, user: 'jane\ud83c' } }],
  ])('a record that could not be read back is not written: %s', async (_what, fields) => {
    await put();
    const held = await claim();
    const refused = {
      code: 'invalid-settings',
      hint: expect.stringContaining('Nothing was changed'),
    };
    await expect(held.apply(settings(aSite(fields)))).rejects.toMatchObject(refused);
    await held.release();
    expect(await store.read(NAME)).toEqual(aSite());
    const fresh = await claim(store, 'fresh');
    const adding = fresh.apply({ kind: 'add', site: aSite({ ...fields, name: 'fresh' }) });
    await expect(adding).rejects.toMatchObject(isOwn ? refused : { code: 'usage' });
    await fresh.release();
    expect(await store.names()).toEqual([NAME]);
    expect(await all(store, null)).toEqual([]);
  });

  test('who sends by a Google account is known by Google’s own key of it', async () => {
    const moved = { ...GMAIL, email: 'desk@harbour-physio.example' };
    await put(aSite({ name: 'harbour', gmail: GMAIL }));
    await put(aSite({ name: 'quay', gmail: moved }));
    await put(aSite({ name: 'pier', gmail: { ...GMAIL, subject: '2' } }));
    await put(aSite({ name: 'rehearsal', gmail: { ...GMAIL, issuer: 'http://127.0.0.1:4000' } }));
    await put(aSite({ name: 'none' }));
    const two = isOwn ? ['harbour', 'quay'] : { count: 2 };
    expect(await store.sharing(GMAIL)).toEqual(two);
    expect(await store.sharing({ ...GMAIL, subject: '3' })).toEqual(isOwn ? [] : { count: 0 });
  });

  test('many sites are listed whole, each once, in the order of their names', async () => {
    const sites = Array.from({ length: many }, (_, number) =>
      aSite({ name: `site-${String(number).padStart(5, '0')}`, smtp: SMTP, gmail: GMAIL }),
    );
    await kind().fill(place, sites.toReversed());
    expect(await inList()).toEqual(sites);
    expect(await store.names()).toHaveLength(many);
  });

  const event = (site: string, number: number): HistoryEvent => ({
    ...{ id: `00000000-0000-4000-8000-00000000000${number}`, site, command: 'migrate' },
    ...{ at: `2026-11-20T10:00:0${number}.000Z`, who: 'jane', host: 'desk' },
    ...{ step: 'sign-in', outcome: 'done', account: 'info@harbour-physio.example' },
  });
  const all = async (of: SiteStore, site: string | null) => {
    const events: HistoryEvent[] = [];
    for await (const one of of.history.read(site)) events.push(one);
    return events;
  };

  testOfOwn(
    'the history is kept in its order, once for each id, and apart for each site',
    async () => {
      expect(await all(store, null)).toEqual([]);
      await store.history.append([event(NAME, 1), event('aberdeen', 2)]);
      const other = await open();
      await other.history.append([event(NAME, 3), event(NAME, 1)]);
      const order = [event(NAME, 1), event('aberdeen', 2), event(NAME, 3)];
      expect(await all(store, null)).toEqual(order);
      expect(await all(other, NAME.toUpperCase())).toEqual([order[0], order[2]]);
    },
  );

  test('each change has its line, in the order of the claims, whatever the clocks say', async () => {
    const started = isOwn ? aSite({ smtp: SMTP }) : aSite({ smtp: SMTP, organisation: 'Other' });
    if (!isOwn) await put(aSite({ smtp: SMTP }));
    const first = await claim();
    if (isOwn) {
      expect((await first.apply({ kind: 'add', site: aSite() })).unwritten).toBeNull();
    }
    await first.apply(settings(started));
    await first.release();
    const second = await claim(await open());
    await second.apply({ kind: 'remove-smtp', at: new Date(), authority: confirmByPerson() });
    await second.apply({ kind: 'keep-secrets-in', credentials: null });
    if (isOwn) await second.apply({ kind: 'remove' });
    await second.release();
    expect(await all(store, NAME)).toMatchObject([
      ...(isOwn ? [{ step: 'add-site', command: 'migrate' }] : []),
      { step: 'change-site', command: 'migrate', fields: [isOwn ? 'smtp' : 'organisation'] },
      { step: 'revert-smtp', proof: { by: 'asked-for', testMessage: null } },
      ...(isOwn ? [{ step: 'remove-site' }] : []),
    ]);
  });

  const describeOfOwn: (name: string, suite: () => void) => void = isOwn
    ? describe
    : () => undefined;
  describeOfOwn(
    'a run that is killed between a record and its line loses no line, and doubles none:',
    () => {
      const site = aSite({ smtp: SMTP, gmail: GMAIL, credentials: 'team' });
      const steps: readonly [change: Change, step: string][] = [
        [{ kind: 'add', site }, 'add-site'],
        [settings({ ...site, organisation: 'Other' }), 'change-site'],
        [{ kind: 'remove-smtp', at: new Date(), authority: confirmByPerson() }, 'revert-smtp'],
        [{ kind: 'keep-secrets-in', credentials: 'vault' }, 'revert-smtp'],
        [{ kind: 'disconnect', connection: GMAIL.id }, 'sign-out'],
        [{ kind: 'remove' }, 'remove-site'],
        [{ kind: 'add', site }, 'add-site'],
        [{ kind: 'remove' }, 'remove-site'],
      ];
      const cases = [1, 2].flatMap((runs) => steps.map((_, at) => [at, runs]));
      test.each(linesApart ? cases : [[0, 1]])(
        'at change %i, %i runs',
        async (at = 0, runs = 1) => {
          const expected: string[] = [];
          for (const [number, [change, step]] of steps.entries()) {
            const held = await claim(await open());
            const apply = () => held.apply(change);
            const isKilled = number >= at && number < at + runs;
            await (isKilled ? kind().withoutLine(place, apply) : apply());
            await held.release();
            if (change.kind !== 'keep-secrets-in') expected.push(step);
            for (const which of [NAME, null]) {
              const told = await all(await open(), which);
              expect(told.map((event) => event.step)).toEqual(expected);
            }
          }
          // Another site meanwhile changes nothing of that.
          await put(aSite({ name: 'aberdeen' }));
          expect((await all(store, null)).map((event) => event.step)).toEqual(expected);
        },
      );
    },
  );

  test('twenty runs at once change one record one after another', async () => {
    await put(aSite({ organisation: '0' }));
    const stores = await Promise.all(Array.from({ length: 4 }, open));
    await Promise.all(
      Array.from({ length: 20 }, async (_, number) => {
        const held = await claim(stores[number % stores.length]);
        const site = await held.read();
        const organisation = String(Number(site?.organisation) + 1);
        await held.apply(settings(aSite({ organisation })));
        await held.release();
      }),
    );
    expect(await store.read(NAME)).toMatchObject({ organisation: '20' });
  });
}
