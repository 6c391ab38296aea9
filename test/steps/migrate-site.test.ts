/**
 * Proof before deletion, over whole runs: whatever is stored, whatever the person does, and whichever calls
 * fail in whichever order, the SMTP settings are deleted only with the proof, judged here by what Google
 * accepted and what the person said; and another run always gets the site there.
 */

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sameAccount } from '../../src/sites/address.js';
import { hashReference } from '../../src/sites/reference.js';
import { sealed, tokenSlot, unsealed } from '../../src/sites/secrets.js';
import { gmailSender, pathway, type Site } from '../../src/sites/site.js';
import type { MigrationOptions } from '../../src/steps/situation.js';
import { REFERENCE, SMTP } from '../sites/a-site.js';
import { randomOf } from '../support/random.js';
import { type Fault, Faults } from './faults.js';
import { SmallGoogle } from './small-google.js';
import { PASSWORD, type Person, runIn, World } from './world.js';

/** Over HTTP, each takes its time; test/model goes through far more in memory. */
const IS_WHOLE = process.env.TEST_ALL === '1';
const RUNS = IS_WHOLE ? 300 : 100;
const EVERY = IS_WHOLE ? 1 : 3;

const HOUR = 3_600_000;
const INFO = 'info@harbour-physio.example';
const JANE = 'jane@harbour-physio.example';

const google = new SmallGoogle();
beforeAll(() => google.start());
afterAll(() => google.stop());

const NOW = new Date();
const now = () => NOW;
const ago = (ms: number) => new Date(NOW.getTime() - ms).toISOString();

const SEND_AS = 'appointments@harbour-physio.example';
const CONNECTION = 'connection-before';

const COOPERATIVE: Person = {
  account: INFO,
  ticksSend: true,
  agreesToOther: true,
  arrived: true,
  sees: 'send-as',
};
const PLAIN: MigrationOptions = {
  yes: false,
  reauthenticate: false,
  serviceAccount: null,
  account: null,
  to: null,
  reference: null,
  useBrowser: true,
  readFirst: true,
  timeoutMs: 5_000,
};

/** What is stored of a connection, before the run. */
interface StoredConnection {
  readonly email: string;
  readonly slot: 'a' | 'b';
  readonly isOtherIssuer: boolean;
  readonly isOtherClient: boolean;
  readonly isTokenThere: boolean;
  /** The token there was put by another sign-in than the one on record. */
  readonly isTokenOfAnother: boolean;
  readonly isGrantAlive: boolean;
  readonly test: null | {
    readonly ageMs: number;
    readonly arrival: 'unanswered' | 'confirmed' | 'denied';
    readonly from: string;
    readonly senderSeen: boolean;
  };
}

function worldWith(stored: StoredConnection | null, sendAs: string | null = null): World {
  if (stored === null) return new World(google, { sendAs });
  const grant = google.newGrant(stored.email, { isAlive: stored.isGrantAlive });
  const acceptedAt = ago(stored.test?.ageMs ?? 0);
  const id = google.accept(grant, new Date(acceptedAt), REFERENCE);
  const world = new World(google, {
    sendAs,
    gmail: {
      id: CONNECTION,
      method: 'oauth',
      email: stored.email,
      subject: `sub-of-${stored.email}`,
      issuer: stored.isOtherIssuer ? 'https://accounts.google.com' : google.url,
      clientId: stored.isOtherClient ? 'another-client' : 'the-client',
      tokenSlot: stored.slot,
      connectedAt: ago(40 * HOUR),
      usedAt: ago(HOUR),
      test: stored.test && {
        to: JANE,
        id,
        referenceHash: hashReference(CONNECTION, REFERENCE),
        acceptedAt,
        arrival: stored.test.arrival,
        from: stored.test.from,
        senderSeen: stored.test.senderSeen,
      },
    },
  });
  if (stored.isTokenThere) {
    const id = stored.isTokenOfAnother ? 'another-connection' : CONNECTION;
    world.slots.set(`google-token-${stored.slot}`, sealed(id, grant.refreshToken));
  }
  if (stored.test !== null && stored.test.arrival !== 'unanswered') {
    world.said.set(id, stored.test.arrival === 'confirmed');
  }
  return world;
}

function slotOf(gmail: Site['gmail']) {
  return tokenSlot(gmail?.method === 'oauth' ? gmail.tokenSlot : 'a');
}

/** What is missing of the proof at the moment of deletion, by the books of Google and the person's word. */
function missing(
  world: World,
  before: Site,
  options: MigrationOptions,
  sentBefore: string | undefined,
): string[] {
  const { gmail } = before;
  const token = world.slots.get(slotOf(gmail)) ?? null;
  const grant = google.grantOf(unsealed(token, gmail?.id ?? '') ?? undefined);
  const message = google.messages.get(gmail?.test?.id ?? '');
  const said = world.said.get(gmail?.test?.id ?? '');
  const wanted = world.agreed ?? options.account ?? gmail?.email ?? '';
  // The reference of a message that was sent before the run, given with the command.
  const isGiven =
    gmail?.test?.id === sentBefore &&
    options.reference !== null &&
    options.reference === message?.reference;
  const sender = gmailSender(before, gmail?.email ?? '');
  const holds: Record<string, boolean> = {
    'a token is stored for the connection on record': grant !== undefined,
    'Google accepted it in this run': grant?.isRefreshed === true,
    'it may send': grant?.canSend === true,
    'it is of the account on record': grant?.email === gmail?.email,
    'it is of the account that is wanted': sameAccount(wanted, grant?.email ?? ''),
    'it was given at this issuer': gmail?.issuer === google.url,
    'Gmail accepted the message on record': message !== undefined,
    'over this very connection': message?.grant === grant,
    'less than 24 hours ago': NOW.getTime() - (message?.at.getTime() ?? 0) < 24 * HOUR,
    'nobody said that it did not arrive': said !== false,
    'it showed the sender that patients will see': gmail?.test?.from === sender,
    'a person saw that sender, or --yes':
      before.sendAs === null || options.yes || gmail?.test?.senderSeen === true,
    'a person said that it arrived, or --yes': options.yes || said === true || isGiven,
  };
  return Object.keys(holds).filter((name) => holds[name] !== true);
}

const storedConnection: fc.Arbitrary<StoredConnection> = fc.record({
  email: fc.constantFrom(INFO, INFO, JANE),
  slot: fc.constantFrom('a', 'b'),
  isOtherIssuer: rarely(),
  isOtherClient: rarely(),
  isTokenThere: mostly(),
  isTokenOfAnother: rarely(),
  isGrantAlive: mostly(),
  test: fc.option(
    fc.record({
      ageMs: fc.constantFrom(0, HOUR, 23 * HOUR, 24 * HOUR, 30 * HOUR),
      arrival: fc.constantFrom('unanswered', 'confirmed', 'denied'),
      from: fc.constantFrom(INFO, INFO, JANE, SEND_AS),
      senderSeen: fc.boolean(),
    }),
  ),
});

const optionsOfRun: fc.Arbitrary<MigrationOptions> = fc.record({
  yes: fc.boolean(),
  reauthenticate: rarely(),
  serviceAccount: fc.constant(null),
  account: fc.constantFrom(null, null, INFO, JANE),
  to: fc.constantFrom(null, null, 'desk@harbour-physio.example'),
  reference: fc.constantFrom(null, null, REFERENCE, 'KTM-999'),
  useBrowser: fc.boolean(),
  readFirst: fc.constant(true),
  timeoutMs: fc.constant(5_000),
});

const person: fc.Arbitrary<Person> = fc.record({
  account: fc.constantFrom(INFO, INFO, JANE, null),
  ticksSend: mostly(),
  agreesToOther: fc.boolean(),
  arrived: fc.constantFrom(true, true, false, null),
  sees: fc.constantFrom('send-as', 'send-as', 'send-as', 'account', 'other'),
});

const faults: fc.Arbitrary<Fault[]> = fc.array(
  fc.record({
    call: fc.integer({ min: 0, max: 70 }),
    how: fc.constantFrom('before', 'after', 'killed'),
    error: fc.constantFrom('expected', 'unforeseen'),
  }),
  { maxLength: 3 },
);

function mostly(): fc.Arbitrary<boolean> {
  return fc.constantFrom(true, true, true, true, false);
}

function rarely(): fc.Arbitrary<boolean> {
  return fc.constantFrom(false, false, false, false, true);
}

test('the SMTP settings survive unless the proof is complete, and another run gets there', async () => {
  const seen = { deleted: 0, kept: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.option(storedConnection, { freq: 4 }),
      optionsOfRun,
      person,
      faults,
      fc.constantFrom(null, null, SEND_AS),
      async (stored, options, who, planned, sendAs) => {
        const world = worldWith(stored, sendAs);
        const sentBefore = world.site.gmail?.test?.id;
        let deleted = false;
        const error = await runIn(world, {
          options,
          person: who,
          faults: new Faults(planned),
          now,
          onDeletion: (before) => {
            deleted = true;
            expect(missing(world, before, options, sentBefore)).toEqual([]);
          },
        });
        seen[deleted ? 'deleted' : 'kept'] += 1;
        expect(world.site.smtp === null).toBe(deleted);
        if (!deleted) {
          // Whole, and able to send.
          expect(world.site.smtp).toEqual(SMTP);
          expect(world.password).toBe(PASSWORD);
          expect(error).not.toBeNull();
        }
        if (error === null) expect(pathway(world.site)).toBe('gmail');

        await runAgain(world);
        expect(pathway(world.site)).toBe('gmail');
        expect(world.slots.has('smtp-password')).toBe(false);
        // Nothing is left that the record does not account for.
        expect([...world.slots.keys()]).toEqual([slotOf(world.site.gmail)]);
      },
    ),
    { numRuns: RUNS },
  );
  // Both ends must have been met often, or little was tested.
  expect(Math.min(seen.deleted, seen.kept)).toBeGreaterThan(RUNS / 10);
});

test('a run without failures fails at each of its calls in turn, and loses nothing', async () => {
  const untouched = new Faults();
  await migrateOnce(untouched);
  expect(untouched.calls).toBeGreaterThan(15);
  const first = Math.floor(randomOf('Which calls fail')() * EVERY);
  for (let call = first; call < untouched.calls; call += EVERY) {
    for (const how of ['before', 'after', 'killed'] as const) {
      const world = await migrateOnce(new Faults([{ call, how, error: 'unforeseen' }]));
      if (world.site.smtp !== null) expect(world.password).toBe(PASSWORD);
      await runAgain(world);
      expect(pathway(world.site)).toBe('gmail');
    }
  }
});

describe('what was changed behind the run', () => {
  /** The cooperative run, with a change of the record at one of the times that it is read again. */
  async function changedAt(time: number, change: (site: Site) => Site): Promise<[World, unknown]> {
    const world = worldWith(null);
    let rereads = 0;
    const error = await runIn(world, {
      options: PLAIN,
      person: COOPERATIVE,
      now,
      onDeletion: () => undefined,
      meanwhile: (call) => {
        if (call !== 'reread') return;
        rereads += 1;
        // The first time is that of the claim.
        if (rereads === time + 1) world.sites.put(change(world.site));
      },
    });
    return [world, error];
  }

  test('before the deletion: the proof is judged by what is stored then', async () => {
    const [world, error] = await changedAt(1, ({ gmail, ...site }) => ({
      ...site,
      gmail: gmail?.test == null ? gmail : { ...gmail, test: { ...gmail.test, arrival: 'denied' } },
    }));
    expect(error).toMatchObject({
      code: 'internal',
      message: expect.stringContaining('said-not-arrived'),
    });
    expect(world.site.smtp).toEqual(SMTP);
    expect(world.password).toBe(PASSWORD);
  });

  test('after it: the pathway that is told is the one that is stored', async () => {
    const [world, error] = await changedAt(2, (site) => ({ ...site, gmail: null }));
    expect(world.site.smtp).toBeNull();
    expect(error).toMatchObject({
      code: 'internal',
      message: expect.stringContaining('"writeupp"'),
    });
  });
});

test.each([
  ['none', null],
  ['that of the account expected', INFO],
])(
  'another account than the one expected, agreed to, is the one that is proven; on record before: %s',
  async (_what, email) => {
    const world = worldWith(
      email === null
        ? null
        : {
            ...{ email, slot: 'a', isOtherIssuer: false, isOtherClient: false, isTokenThere: true },
            ...{ isTokenOfAnother: false, isGrantAlive: false, test: null },
          },
    );
    const options = { ...PLAIN, account: INFO };
    const error = await runIn(world, {
      options,
      person: { ...COOPERATIVE, account: JANE },
      now,
      onDeletion: (before) => expect(missing(world, before, options, undefined)).toEqual([]),
    });
    expect(error).toBeNull();
    expect(world.site).toMatchObject({ smtp: null, gmail: { email: JANE } });
  },
);

test('who takes an hour to find the message gets the switch; who takes a day, none on that message', async () => {
  for (const [hours, isDone] of [
    [1, true],
    [25, false],
  ] as const) {
    const world = worldWith(null);
    let waited = 0;
    const error = await runIn(world, {
      options: PLAIN,
      person: COOPERATIVE,
      now: () => new Date(NOW.getTime() + waited),
      onDeletion: () => expect(isDone).toBe(true),
      meanwhile: (call) => {
        if (call === 'reference') waited = hours * HOUR;
      },
    });
    expect([error === null, world.site.smtp === null]).toEqual([isDone, isDone]);
  }
});

async function migrateOnce(planned: Faults): Promise<World> {
  const world = worldWith(null);
  await runIn(world, {
    options: PLAIN,
    person: COOPERATIVE,
    faults: planned,
    now,
    onDeletion: (before) => expect(missing(world, before, PLAIN, undefined)).toEqual([]),
  });
  return world;
}

/** Another run, with nothing in its way. */
async function runAgain(world: World): Promise<void> {
  const account = world.site.gmail?.email ?? INFO;
  const error = await runIn(world, {
    options: PLAIN,
    person: { ...COOPERATIVE, account },
    now,
    onDeletion: (before) => expect(missing(world, before, PLAIN, undefined)).toEqual([]),
  });
  expect(error).toBeNull();
}

/** Whoever may write to a shared database needs no identity for it: a record alone lets nothing be deleted. */
describe('a test message that was written into a shared record, and never sent', () => {
  const run = (world: World, options: Partial<MigrationOptions>, onCall?: (call: string) => void) =>
    runIn(world, {
      options: { ...PLAIN, ...options },
      person: COOPERATIVE,
      now,
      onDeletion: (before) => {
        const id = before.gmail?.test?.id ?? '';
        expect([id, google.messages.has(id)]).toEqual([id, true]);
      },
      ...(onCall === undefined ? {} : { meanwhile: onCall }),
    });
  const referenceHash = hashReference(CONNECTION, REFERENCE);
  const forged = { to: JANE, id: 'forged', referenceHash, acceptedAt: ago(HOUR) };
  const forgedTest = { ...forged, arrival: 'confirmed', from: INFO, senderSeen: true } as const;
  const connected = () => {
    const connection = {
      email: INFO,
      slot: 'a',
      isOtherIssuer: false,
      isOtherClient: false,
    } as const;
    const token = { isTokenThere: true, isTokenOfAnother: false, isGrantAlive: true, test: null };
    const world = worldWith({ ...connection, ...token });
    world.sites.isShared = true;
    return world;
  };
  const forge = (world: World) => {
    const { gmail } = world.site;
    if (gmail !== null) world.sites.put({ ...world.site, gmail: { ...gmail, test: forgedTest } });
  };

  test.each<[string, Partial<MigrationOptions>]>([
    ['with nobody', { yes: true }],
    ['with a person, who is asked', {}],
    ['with its reference', { reference: REFERENCE }],
  ])('is none: another is sent, %s', async (_how, options) => {
    const world = connected();
    forge(world);
    const sent = google.messages.size;
    expect(await run(world, options)).toBeNull();
    expect(google.messages.size).toBe(sent + 1);
    expect(world.site.smtp).toBeNull();
  });

  test('deletes nothing where it is written right before the deletion', async () => {
    const world = connected();
    let reads = 0;
    const error = await run(world, { yes: true }, (call) => {
      if (call.startsWith('read ')) reads += 1;
      if (world.site.gmail?.test != null) forge(world);
    });
    expect(reads).toBeGreaterThan(0);
    expect(String(error)).toContain('no-test-message');
    expect(world.site.smtp).not.toBeNull();
  });
});
