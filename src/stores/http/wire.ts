/** What a backend answers, checked (docs/store-api.md). Unknown fields are ignored. */

import * as v from 'valibot';
import { isSiteName } from '../../sites/site-name.js';
import { shownSmtpSchema, siteSchema } from '../../sites/site-schema.js';
import { STEPS } from '../own-settings.js';

const text = v.pipe(v.string(), v.minLength(1, 'is empty'));
const time = siteSchema.entries.smtpRevertedAt;
const { organisation, organisationEmail, login, sendAs, account } = siteSchema.entries;
const [byOAuth, byDelegation] = siteSchema.entries.gmail.wrapped.options;

const { id, email, issuer, connectedAt, endsAt, test } = byOAuth.entries;
const anyConnection = {
  ...{ id, email, issuer, connectedAt, endsAt },
  test: v.nullable(v.object(test.wrapped.entries)),
  /** The backend has the permission, and has used it: only if WriteUpp sends email itself. */
  opened: v.optional(v.boolean()),
};
const gmail = v.variant('method', [
  v.object({
    ...anyConnection,
    method: v.literal('oauth'),
    subject: byOAuth.entries.subject,
    clientId: byOAuth.entries.clientId,
  }),
  v.object({
    ...anyConnection,
    method: v.literal('delegation'),
    serviceAccount: v.object(byDelegation.entries.serviceAccount.entries),
  }),
]);

/** It becomes part of file names here, so only what can be typed is accepted. */
const name = v.pipe(text, v.check(isSiteName, 'is not the name of a site'));
/** How long a claim lasts, in seconds. */
const claimSeconds = v.pipe(v.number(), v.integer(), v.minValue(5), v.maxValue(3_600));

/** A site as the backend has it. */
export const wireSite = v.object({
  ...{ name, organisation, organisationEmail, login, sendAs, account },
  smtp: v.nullable(shownSmtpSchema),
  smtpRevertedAt: time,
  gmail: v.nullable(gmail),
  /** What is left to do in WriteUpp itself for this site's switch. */
  leftToDo: v.array(v.picklist(STEPS, 'is not a step')),
  /** A new one after each change: RFC 9110, section 8.8.3. */
  etag: v.pipe(text, v.regex(/^"[\x21\x23-\x7e]*"$/, 'is not an entity tag')),
});
export type WireSite = v.InferOutput<typeof wireSite>;

/** What a backend says about itself. */
export const storeFacts = v.object({
  /** It becomes part of file names here. */
  id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'is not an id')),
  /** Whether WriteUpp sends email itself, with the permission handed over to it. */
  sendsItself: v.boolean(),
  /** The recipient that the permission is encrypted for; null if none is handed over. */
  recipient: v.nullable(v.pipe(v.string(), v.regex(/^age1[02-9ac-hj-np-z]{58}$/, 'is not age1…'))),
  /** The Google clients that the backend can use; empty if it can use any. */
  clientIds: v.array(text),
  claimSeconds,
  can: v.array(text),
});
export type StoreFacts = v.InferOutput<typeof storeFacts>;

/** If it is not a string it is ignored, so that it hides nothing that is as it should be. */
const words = v.fallback(v.optional(v.string()), undefined);

/** RFC 9457, with the holder of a busy site. */
export const problem = v.object({
  ...{ type: words, title: words, detail: words },
  holder: v.optional(v.unknown()),
});
export type Problem = v.InferOutput<typeof problem>;

export const wireClaim = v.object({ claim: text, seconds: claimSeconds, site: v.unknown() });
export const wirePage = v.object({ sites: v.array(v.unknown()) });
export const wireHistory = v.object({ events: v.array(v.unknown()) });
export const wireCount = v.object({ sites: v.pipe(v.number(), v.integer(), v.minValue(0)) });

/** What is wrong with a site in an answer, never its values; null if nothing is. */
export function readWireSite(value: unknown): string | null {
  const parsed = v.safeParse(wireSite, value);
  return parsed.success ? null : describeIssue(parsed.issues[0]);
}

/** The field, and never its value. */
export function describeIssue(issue: v.BaseIssue<unknown>): string {
  const field = v.getDotPath(issue);
  const why = issue.message.startsWith('Invalid')
    ? 'is missing, or of another kind'
    : issue.message;
  return field === null ? 'it is not an object' : `field ${field}: ${why}`;
}
