/** Sending one message through the Gmail API, once. */

import { Readable } from 'node:stream';
import { OAuth2Client } from 'google-auth-library';
import { interrupted, MailError } from '../errors.js';
import { exchangeWithin } from './exchange.js';
import { explainGoogleError, type FailureFacts } from './explain.js';
import type { Issuer } from './issuer.js';
import { byProxy } from './transport.js';

/**
 * Above this many bytes a message goes by the upload endpoint: Google takes about 5 MB in a JSON request
 * (developers.google.com/gmail/api/guides/uploads), where base64 makes a message a third larger.
 */
const JSON_MAX_BYTES = 3_700_000;

/** How long Gmail's answer is waited for, in milliseconds, and how slow a line may be, in bytes a second. */
const ANSWER_MS = 180_000;
const SLOWEST_LINE = 32_768;

/**
 * Hands one RFC 5322 message to Gmail. It is sent once: whatever the answer, it is never repeated here.
 *
 * @param accessToken one that is not about to end
 * @param message the message, or its pieces in their order
 * @param facts what sharpens the explanation of a refusal
 * @returns the id that Gmail gave the message
 * @throws MailError `delivery-unknown` where the answer was lost, else as the catalogue explains the refusal;
 *   `interrupted`, when it may have been sent
 */
export async function sendMessage(
  issuer: Issuer,
  accessToken: string,
  message: Buffer | readonly Buffer[],
  signal: AbortSignal,
  facts?: FailureFacts,
): Promise<string> {
  const pieces = Buffer.isBuffer(message) ? [message] : message;
  const length = pieces.reduce((total, piece) => total + piece.length, 0);
  const { gmail } = await import('googleapis/build/src/apis/gmail/index.js');
  const auth = new OAuth2Client();
  // Without an end the library sends a message again after a 403 (google-auth-library, requestAsync).
  auth.setCredentials({ access_token: accessToken, expiry_date: Number.MAX_SAFE_INTEGER });
  const api = gmail({ version: 'v1', auth: auth as never });
  const options = {
    // Uploads follow the root address only when it is given for each call.
    rootUrl: issuer.gmailRootUrl,
    universeDomain: 'googleapis.com',
    fetchImplementation: exchangeWithin(ANSWER_MS + Math.ceil(length / SLOWEST_LINE) * 1_000),
    retry: false,
    signal,
    ...byProxy(),
  };
  try {
    const { data } =
      length > JSON_MAX_BYTES
        ? await api.users.messages.send(
            { userId: 'me', media: { mimeType: 'message/rfc822', body: Readable.from(pieces) } },
            { ...options, headers: { 'Content-Length': String(length) } },
          )
        : await api.users.messages.send(
            { userId: 'me', requestBody: { raw: Buffer.concat(pieces).toString('base64url') } },
            options,
          );
    if (typeof data.id === 'string' && data.id !== '') return data.id;
  } catch (error) {
    if (signal.aborted) throw interrupted();
    throw explainGoogleError(error, 'send', facts);
  }
  throw new MailError(
    'delivery-unknown',
    'Gmail answered without an id, so it is not known whether the message was sent.',
    'Look in the Sent folder of the Google account before you send it again.',
    { sent: 'unknown' },
  );
}
