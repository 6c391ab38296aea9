/** The sealed secrets of a team, and its members, in a shared PostgreSQL. */

import { createHash } from 'node:crypto';
import type { Fence } from '../../credentials/credential-store.js';
import {
  type Member,
  newTo,
  type Recipient,
  type TeamSecrets,
} from '../../credentials/team-secrets.js';
import { type HistoryEvent, linesOf } from '../../sites/site-history.js';
import { oneLine } from '../../text/safe-text.js';
import { changeUnder, holding, lost } from './claims.js';
import type { Database, RunStatement } from './database.js';
import { insertLines, lineRows } from './postgres-history.js';

/**
 * Opens the tables. A change of the team and its lines in the history are written together.
 *
 * @param command the command that changes the team, for the history
 */
export function openTeamTable(database: Database, schema: string, command: string): TeamSecrets {
  /** Whether the claim named by two of a statement's parameters holds; true if both are null. */
  const held = (key: string, token: string) => `fence as (${holding(schema, key, token)}),
    held as (select where ${key}::text is null or exists (select from fence))`;
  const requireHeld = (isHeld: unknown, fence: Fence | undefined) => {
    if (isHeld !== true) throw lost(`The site "${fence?.key}"`);
  };

  const linesOn = (step: HistoryEvent['step'], members: readonly Member[]) =>
    linesOf(
      { command },
      '',
      members.map(({ name, recipient }) => ({
        ...{ step, outcome: 'done', member: { name, recipient } },
      })),
    );

  /** Replaces the members of the team; returns false, and changes nothing, if the generation is out of date. */
  async function replaceTeam(
    run: RunStatement,
    generation: string,
    recipients: readonly Recipient[],
    step: 'team-add' | 'team-reset',
  ): Promise<boolean> {
    // A run that is sealing a secret waits for this to end, and then finds its generation out of date.
    const raised = await run(
      `update ${schema}.team set generation = generation + 1 where generation = $1`,
      [generation],
    );
    if (raised.rowCount !== 1) return false;
    const { rows } = await run(`delete from ${schema}.recipient returning name, recipient`);
    const former = rows.map((row) => memberOf(row));
    for (const { name, recipient, addedAt, addedBy } of recipients) {
      await run(
        `insert into ${schema}.recipient (name, recipient, added_at, added_by) values ($1, $2, $3, $4)`,
        [name, recipient, addedAt, addedBy],
      );
    }
    const lines = [
      ...linesOn('team-remove', newTo(recipients, former)),
      ...linesOn(step, newTo(former, recipients)),
    ];
    await run(insertLines(schema, '$1'), [lineRows(lines)]);
    return true;
  }

  return {
    description: database.description,
    async team() {
      // In one statement: a list and a generation from two moments would not belong together.
      const { rows } = await database.query(
        `select t.generation, r.name, r.recipient, r.added_at, r.added_by
         from ${schema}.team as t left join ${schema}.recipient as r on true order by r.added_at, r.name`,
      );
      const people = rows.filter(({ name }) => name !== null);
      return {
        generation: String(rows[0]?.generation),
        recipients: people.map(({ name, recipient, added_at, added_by }) => ({
          ...memberOf({ name, recipient }),
          addedAt: timeOf(added_at),
          addedBy: oneLine(String(added_by)),
        })),
      };
    },
    alone: (work) =>
      database.transaction(async (run) => {
        await run('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`${schema} team`]);
        return work();
      }),
    async read(siteKey, slot) {
      const { rows } = await database.query(
        `select sealed from ${schema}.secret where site_key = $1 and slot = $2`,
        [siteKey, slot],
      );
      const sealed = rows[0]?.sealed;
      return sealed instanceof Uint8Array ? sealed : null;
    },
    async write({ siteKey, slot, sealed }, generation, fence) {
      const { rows } = await changeUnder(
        ...[database, schema, fence],
        `with team as (select generation from ${schema}.team where generation = $4 for share),
         ${held('$5', '$6')},
         done as (
           insert into ${schema}.secret (site_key, slot, sealed, generation)
           select $1, $2, $3, team.generation from team, held
           on conflict (site_key, slot) do update
             set sealed = excluded.sealed, generation = excluded.generation
         )
         select exists (select from team) as is_current, exists (select from held) as is_held`,
        () => [
          ...[siteKey, slot, Buffer.from(sealed), generation],
          ...[fence?.key ?? null, fence?.token ?? null],
        ],
      );
      requireHeld(rows[0]?.is_held, fence);
      return rows[0]?.is_current === true;
    },
    async delete(siteKey, slot, fence) {
      const { rows } = await changeUnder(
        ...[database, schema, fence],
        `with ${held('$3', '$4')},
         done as (
           delete from ${schema}.secret
           where site_key = $1 and slot = $2 and exists (select from held) returning 1
         )
         select exists (select from done) as is_done, exists (select from held) as is_held`,
        () => [siteKey, slot, fence?.key ?? null, fence?.token ?? null],
      );
      requireHeld(rows[0]?.is_held, fence);
      return rows[0]?.is_done === true;
    },
    change: (generation, recipients) =>
      database.transaction((run) => replaceTeam(run, generation, recipients, 'team-add')),
    reset: (generation, recipient) =>
      database.transaction(async (run) => {
        if (!(await replaceTeam(run, generation, [recipient], 'team-reset'))) return null;
        const { rows } = await run(`delete from ${schema}.secret returning site_key`);
        return rows.map(({ site_key }) => String(site_key));
      }),
    async noteAccepted(members) {
      const lines = linesOn('team-accept', members).map((line, at) => {
        // The same id for the same acceptance: a run that was killed, or whose answer was lost, writes it again.
        const { who, host, member } = line;
        const parts = [who, host, member?.recipient, members[at]?.addedAt];
        return { ...line, id: idOf(parts.join('\n')) };
      });
      await database.query(insertLines(schema, '$1'), [lineRows(lines)]);
    },
    async places() {
      const { rows } = await database.query(
        `select s.site_key, s.slot, s.generation is not distinct from t.generation as is_sealed
         from ${schema}.secret as s, ${schema}.team as t order by s.site_key, s.slot`,
      );
      return rows.map(({ site_key, slot, is_sealed }) => ({
        siteKey: String(site_key),
        slot: String(slot),
        isSealed: is_sealed === true,
      }));
    },
    async reseal(rows, generation) {
      const columns = [
        rows.map(({ siteKey }) => siteKey),
        rows.map(({ slot }) => slot),
        rows.map(({ before }) => Buffer.from(before)),
        rows.map(({ sealed }) => Buffer.from(sealed)),
      ];
      const { rows: answer } = await database.query(
        `with team as (select generation from ${schema}.team where generation = $5 for share),
         done as (
           update ${schema}.secret as s set sealed = fresh.sealed, generation = team.generation
           from team, unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[]) as fresh (site_key, slot, former, sealed)
           where s.site_key = fresh.site_key and s.slot = fresh.slot and s.sealed = fresh.former
         )
         select exists (select from team) as is_current`,
        [...columns, generation],
      );
      return answer[0]?.is_current === true;
    },
  };
}

/** A row from another program can hold a value that is not a date, such as `infinity`. */
function timeOf(value: unknown): string {
  const time = new Date(value as string);
  return (Number.isNaN(time.getTime()) ? new Date(0) : time).toISOString();
}

/** In the form of a UUID. */
function idOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function memberOf(row: Readonly<Record<string, unknown>>): Member {
  return { name: oneLine(String(row.name)), recipient: oneLine(String(row.recipient)) };
}
