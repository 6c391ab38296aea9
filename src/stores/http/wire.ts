/** What a backend answers, checked (docs/store-api.md). A field that is not known is passed over. */

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
  /** The backend has the permission, and has used it: only where WriteUpp sends by itself. */
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

/** It stands in file names here: no more is taken than what can be typed. */
const name = v.pipe(text, v.check(isSiteName, 'is not the name of a site'));
/** How long a claim lasts. */
const claimSeconds = v.pipe(v.number(), v.integer(), v.minValue(5), v.maxValue(3_600));

/** A site as the backend has it. */
export const wireSite = v.object({
  ...{ name, organisation, organisationEmail, login, sendAs, account },
  smtp: v.nullable(shownSmtpSchema),
  smtpRevertedAt: time,
  gmail: v.nullable(gmail),
  /** What this site's switch still takes in WriteUpp itself. */
  leftToDo: v.array(v.picklist(STEPS, 'is not a step')),
  /** Another one after each change: RFC 9110, section 8.8.3. */
  etag: v.pipe(text, v.regex(/^"[\x21\x23-\x7e]*"$/, 'is not an entity tag')),
});
export type WireSite = v.InferOutput<typeof wireSite>;

/** What a backend says of itself. */
export const storeFacts = v.object({
  /** It stands in file names here. */
  id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'is not an id')),
  /** Whether WriteUpp sends email itself, with the permission that is handed over. */
  sendsItself: v.boolean(),
  /** Whom the permission is encrypted for; null where none is handed over. */
  recipient: v.nullable(v.pipe(v.string(), v.regex(/^age1[02-9ac-hj-np-z]{58}$/, 'is not age1…'))),
  /** The Google clients that the backend can use; of any where the list is empty. */
  clientIds: v.array(text),
  claimSeconds,
  can: v.array(text),
});
export type StoreFacts = v.InferOutput<typeof storeFacts>;

/** Of another kind, it is passed over: it hides nothing that is as it should be. */
const words = v.fallback(v.optional(v.string()), undefined);

/** RFC 9457, with what belongs to a site that is busy. */
export const problem = v.object({
  ...{ type: words, title: words, detail: words },
  holder: v.optional(v.unknown()),
});
export type Problem = v.InferOutput<typeof problem>;

export const wireClaim = v.object({ claim: text, seconds: claimSeconds, site: v.unknown() });
export const wirePage = v.object({ sites: v.array(v.unknown()) });
export const wireHistory = v.object({ events: v.array(v.unknown()) });
export const wireCount = v.object({ sites: v.pipe(v.number(), v.integer(), v.minValue(0)) });

/** What is wrong with a site that was answered, and never its values; null where it is one. */
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
