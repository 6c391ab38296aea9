/** Sends one message through the Gmail API, once. */

import { Readable } from 'node:stream';
import { OAuth2Client } from 'google-auth-library';
import { interrupted, MailError } from '../errors.js';
import { exchangeWithin } from './exchange.js';
import { explainGoogleError, type FailureFacts } from './explain.js';
import type { Issuer } from './issuer.js';
import { byProxy } from './transport.js';

/**
 * Above this many bytes a message goes to the upload endpoint: Google accepts about 5 MB in a JSON request
 * (developers.google.com/gmail/api/guides/uploads), where base64 makes a message a third larger.
 */
const JSON_MAX_BYTES = 3_700_000;

/** How long to wait for Gmail's response, in milliseconds, and the slowest line, in bytes per second. */
const ANSWER_MS = 180_000;
const SLOWEST_LINE = 32_768;

/**
 * Hands one RFC 5322 message to Gmail. It is sent once and never retried here.
 *
 * @param accessToken one that is not about to expire
 * @param message the message, or its pieces in order
 * @param facts what sharpens the explanation of a refusal
 * @returns the id that Gmail gave the message
 * @throws MailError `delivery-unknown` if the response was lost, otherwise as the catalogue explains the refusal;
 *   `interrupted`, in which case it may have been sent
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
  // The library resends a message after a 403 if it has a refresh token, or a refresh handler and no expiry date
  // (google-auth-library, requestAsync): so it gets only an access token, with a date.
  auth.setCredentials({ access_token: accessToken, expiry_date: Number.MAX_SAFE_INTEGER });
  const api = gmail({ version: 'v1', auth: auth as never });
  const options = {
    // Uploads use the root URL only if it is passed with each call.
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
