/** Reads the body of an error response: OAuth JSON (RFC 6749 section 5.2), API JSON (AIP-193), or a web page. */
import { cleanText, looksLikeHtml } from '../text/clean-text.js';
import { isObject, parseJson } from '../text/json.js';
import { recordsIn, textIn } from './fields.js';

/** The part of an ErrorInfo's metadata that helps a person (google.rpc.ErrorInfo, AIP-193). */
interface FailureMetadata {
  readonly activationUrl?: string | undefined;
  readonly service?: string | undefined;
  readonly project?: string | undefined;
}

/** The contents of a body, cleaned. */
export interface Answer {
  /** OAuth `error` (RFC 6749 sections 4.1.2.1 and 5.2). */
  readonly error?: string | undefined;
  readonly errorDescription?: string | undefined;
  /** Google's `error_subtype`, which distinguishes a session policy from a revocation. */
  readonly errorSubtype?: string | undefined;
  /** Every `errors[].reason` and `details[].reason`. */
  readonly reasons: readonly string[];
  /** Google's own words, or the library's if there was no response. */
  readonly message?: string | undefined;
  readonly metadata?: FailureMetadata | undefined;
  /** The body was a web page. */
  readonly html: boolean;
  /** The body has a form that Google uses; otherwise a proxy may have written it. */
  readonly fromGoogle: boolean;
}

/** The longest code kept: Google's `error` and `reason` values are far shorter. */
const WORD = { maxLength: 80 };

/** The title of Google's own error pages, such as "Error 413 (Request Entity Too Large)!!1". */
const GOOGLE_PAGE = /<title>Error \d{3} \([^)]*\)!!1/i;

/** Reads a body as gaxios hands it over: parsed JSON, text, or nothing useful (a Blob, an empty string). */
export function readAnswer(data: unknown): Answer {
  if (typeof data === 'string') return readText(data);
  if (!isObject(data)) return nothing();
  if (isObject(data.error)) return readApiError(data.error);
  const error = textIn(data, 'error');
  return error === undefined ? nothing() : readOAuthError(data, error);
}

function nothing(): Answer {
  return { reasons: [], html: false, fromGoogle: false };
}

function readText(text: string): Answer {
  const parsed = objectIn(text);
  if (parsed !== undefined) return readAnswer(parsed);
  return {
    reasons: [],
    message: cleanText(text) || undefined,
    html: looksLikeHtml(text),
    fromGoogle: GOOGLE_PAGE.test(text),
  };
}

/** JSON sent without its content type; Google's streaming endpoints wrap an error in a list. */
function objectIn(text: string): Record<string, unknown> | undefined {
  const value = parseJson(text);
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return isObject(first) ? first : undefined;
}

function readOAuthError(body: Record<string, unknown>, error: string): Answer {
  return {
    error: cleanText(error, WORD),
    errorDescription: cleaned(textIn(body, 'error_description')),
    errorSubtype: cleaned(textIn(body, 'error_subtype')),
    reasons: [],
    html: false,
    fromGoogle: true,
  };
}

function readApiError(error: Record<string, unknown>): Answer {
  const details = recordsIn(error, 'details');
  const reasons = [...recordsIn(error, 'errors'), ...details]
    .map((item) => textIn(item, 'reason'))
    .filter((reason) => reason !== undefined)
    .map((reason) => cleanText(reason, WORD));
  const metadata = details.map((detail) => detail.metadata).find(isObject);
  return {
    reasons: [...new Set(reasons)],
    message: cleaned(textIn(error, 'message')),
    metadata: metadata === undefined ? undefined : readMetadata(metadata),
    html: false,
    fromGoogle: true,
  };
}

function readMetadata(metadata: Record<string, unknown>): FailureMetadata {
  return {
    activationUrl: cleaned(textIn(metadata, 'activationUrl')),
    service: cleaned(textIn(metadata, 'service')),
    project: cleaned(textIn(metadata, 'consumer') ?? textIn(metadata, 'containerInfo')),
  };
}

function cleaned(text: string | undefined): string | undefined {
  return text === undefined ? undefined : cleanText(text) || undefined;
}
