/** The Gmail API's `users.messages.send`, as strict as Gmail. */
import type { Provider } from 'oidc-provider';
import type { Account, AccountBook } from './accounts.js';
import type { Delegation } from './delegation.js';
import type { NamedError } from './errors.js';
import { delegationDenied, GMAIL_ERRORS, invalidHeader } from './gmail-errors.js';
import type { BufferedRequest, Middleware } from './http.js';
import { parseMail, recipientsOf } from './message.js';
import type { PostOffice, SentMessage } from './post-office.js';
import { GMAIL_SEND } from './provider.js';
import { readSendRequest, userIdOf } from './send-request.js';

interface GmailParts {
  readonly provider: Provider;
  readonly accounts: AccountBook;
  readonly postOffice: PostOffice;
  readonly delegation: Delegation;
}

type Checked<T> = T | { readonly refused: NamedError };

export function gmailApi(parts: GmailParts): Middleware {
  return async (ctx, next) => {
    const userId = userIdOf(ctx.path);
    if (userId === undefined || ctx.method !== 'POST') {
      return next();
    }
    const sent = await send(parts, userId, ctx.path, ctx.req as BufferedRequest);
    if ('refused' in sent) {
      ctx.status = sent.refused.status;
      ctx.body = sent.refused.body;
    } else {
      ctx.status = 200;
      ctx.body = { id: sent.id, threadId: sent.threadId, labelIds: ['SENT'] };
    }
  };
}

async function send(
  parts: GmailParts,
  userId: string,
  path: string,
  request: BufferedRequest,
): Promise<Checked<SentMessage>> {
  const sender = await authorise(parts, userId, request.headers.authorization);
  if ('refused' in sender) {
    return sender;
  }
  const asked = readSendRequest(path, request);
  if ('refused' in asked) {
    return asked;
  }
  const { raw, threadId } = asked;
  if (threadId && !parts.postOffice.hasThread(threadId, sender)) {
    return { refused: GMAIL_ERRORS['gmail-not-found'] };
  }
  const parsed = await parseMail(raw);
  const { addresses, invalidHeader: invalid } = recipientsOf(parsed);
  if (invalid) {
    return { refused: invalidHeader(invalid) };
  }
  if (addresses.length === 0) {
    return { refused: GMAIL_ERRORS['gmail-recipient-required'] };
  }
  return parts.postOffice.accept(sender, { raw, parsed, to: addresses, threadId });
}

/** The account that the bearer token (RFC 6750) may send mail for. */
async function authorise(
  { provider, accounts, delegation }: GmailParts,
  userId: string,
  authorization: string | undefined,
): Promise<Checked<Account>> {
  const bearer = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
  if (!bearer) {
    return { refused: GMAIL_ERRORS['gmail-login-required'] };
  }
  const delegated = delegation.find(bearer);
  const token = delegated === undefined ? await provider.AccessToken.find(bearer) : undefined;
  const account = delegated === undefined ? accounts.find(token?.accountId) : delegated.account;
  const scopes = delegated?.scopes ?? [...(token?.scopes ?? [])];
  // A service account owns no mailbox: without a person it can't send.
  if (account === undefined) {
    return { refused: GMAIL_ERRORS['gmail-invalid-credentials'] };
  }
  if (!scopes.includes(GMAIL_SEND)) {
    return { refused: GMAIL_ERRORS['gmail-insufficient-permissions'] };
  }
  if (userId !== 'me' && userId.toLowerCase() !== account.email.toLowerCase()) {
    return { refused: delegationDenied(userId) };
  }
  return account.mailbox ? account : { refused: GMAIL_ERRORS['gmail-mail-service-not-enabled'] };
}
