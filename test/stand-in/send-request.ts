/** The three ways in which a message can be handed to `users.messages.send`. */
import type { NamedError } from './errors.js';
import { GMAIL_ERRORS, gmailError } from './gmail-errors.js';
import type { BufferedRequest } from './http.js';

/** Over about 5 MB the JSON endpoint answers 413; uploads go up to 35 MiB. */
const JSON_LIMIT = 5_000_000;
export const UPLOAD_LIMIT = 36_700_160;

interface SendRequest {
  readonly raw: Buffer;
  readonly threadId: string | undefined;
}

type Read = SendRequest | { readonly refused: NamedError };

const UPLOAD_PATH = /^\/upload\/gmail\/v1\/users\/([^/]+)\/messages\/send$/;
const JSON_PATH = /^\/gmail\/v1\/users\/([^/]+)\/messages\/send$/;

/** The `userId` that the path names, or undefined if the path is not one for sending. */
export function userIdOf(path: string): string | undefined {
  const userId = (UPLOAD_PATH.exec(path) ?? JSON_PATH.exec(path))?.[1];
  return userId === undefined ? undefined : decodeURIComponent(userId);
}

/** The message in a request to one of the two paths. */
export function readSendRequest(path: string, request: BufferedRequest): Read {
  if (request.tooLarge) {
    return { refused: GMAIL_ERRORS['gmail-too-large-page'] };
  }
  return UPLOAD_PATH.test(path) ? readUpload(request) : readJson(request.body);
}

function readUpload(request: BufferedRequest): Read {
  const type = request.headers['content-type'] ?? '';
  const uploadType = new URL(request.url ?? '', 'http://stand-in').searchParams.get('uploadType');
  if (uploadType === 'media' && type.startsWith('message/')) {
    return withinLimit({ raw: request.body, threadId: undefined });
  }
  if (uploadType === 'multipart' && type.startsWith('multipart/related')) {
    return readMultipart(request.body, /boundary="?([^";]+)"?/.exec(type)?.[1] ?? '');
  }
  return {
    refused: badRequest(`Media type '${type}' is not supported. Valid media types: [message/*]`),
  };
}

/** `multipart/related` (RFC 2387): a part of JSON metadata, then a part with the message. */
function readMultipart(body: Buffer, boundary: string): Read {
  const [metadata, message] = partsOf(body, boundary);
  const json = metadata && parseJson(metadata.content);
  if (!json || !message?.type.startsWith('message/')) {
    return { refused: badRequest('Malformed multipart body.') };
  }
  return withinLimit({ raw: message.content, threadId: textOf(json.threadId) });
}

function partsOf(body: Buffer, boundary: string): { type: string; content: Buffer }[] {
  const parts = [];
  const delimiter = Buffer.from(`--${boundary}`);
  let start = body.indexOf(delimiter);
  while (boundary && start >= 0) {
    const end = body.indexOf(`\r\n--${boundary}`, start + delimiter.length);
    const headerEnd = body.indexOf('\r\n\r\n', start);
    if (end < 0 || headerEnd < 0 || headerEnd > end) {
      break;
    }
    const header = body.subarray(start, headerEnd).toString('latin1');
    const type = /^content-type:\s*(\S+)/im.exec(header)?.[1] ?? '';
    parts.push({ type: type.toLowerCase(), content: body.subarray(headerEnd + 4, end) });
    start = end + 2;
  }
  return parts;
}

function readJson(body: Buffer): Read {
  if (body.length > JSON_LIMIT) {
    return { refused: GMAIL_ERRORS['gmail-too-large-page'] };
  }
  const json = parseJson(body);
  if (!json) {
    return { refused: badRequest('Parse Error') };
  }
  const raw = textOf(json.raw);
  if (!raw) {
    return { refused: GMAIL_ERRORS['gmail-raw-required'] };
  }
  if (!/^[\w-]+={0,2}$/.test(raw)) {
    return { refused: notBase64Url() };
  }
  return { raw: Buffer.from(raw, 'base64url'), threadId: textOf(json.threadId) };
}

function withinLimit(request: SendRequest): Read {
  if (request.raw.length > UPLOAD_LIMIT) {
    return { refused: GMAIL_ERRORS['gmail-too-large-page'] };
  }
  return request.raw.length > 0 ? request : { refused: GMAIL_ERRORS['gmail-raw-required'] };
}

function parseJson(text: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text.toString());
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function badRequest(message: string): NamedError {
  return gmailError({ code: 400, message, reason: 'badRequest' });
}

function notBase64Url(): NamedError {
  return gmailError({
    code: 400,
    message: "Invalid value at 'raw' (TYPE_BYTES), Base64 decoding failed",
    reason: 'invalid',
    status: 'INVALID_ARGUMENT',
  });
}
