/** A message as raw bytes: its header fields told apart, and everything else untouched. */

import { refusal } from './refusal.js';

/** One header field, byte for byte. */
export interface HeaderField {
  /** In lower case. */
  readonly name: string;
  /** The whole field with its folded lines and its line end. */
  readonly raw: Buffer;
}

/** A message: the fields in their order, then the rest. Nothing is decoded, so nothing can be lost. */
export interface RawMessage {
  readonly fields: readonly HeaderField[];
  /** The empty line and the body; empty for a message that is nothing but a header. */
  readonly rest: Buffer;
}

/** RFC 5322 2.2: printable characters without the colon; 4.5 allows white space before the colon. */
const FIELD_NAME = /^([!-9;-~]+)[ \t]*$/;

const CR = 0x0d;
const LF = 0x0a;
const COLON = 0x3a;
const NUL = 0x00;

/**
 * Finds the fields of the header. Strict where mail programs differ: what one of them takes for the end of
 * the header and another for a field could be mailed to someone it was not meant for.
 *
 * @param message with CRLF line ends
 * @throws MailError `invalid-message`
 */
export function parseRawMessage(message: Buffer): RawMessage {
  const fields: HeaderField[] = [];
  let end = 0;
  for (const { line, start } of headerLines(message)) {
    if (line.includes(NUL)) throw notAHeader(message, start, 'holds a NUL character');
    const open = isFolded(line) ? fields.pop() : undefined;
    const name = open?.name ?? fieldName(message, line, start);
    end = start + line.length;
    const raw = open === undefined ? [line] : isBlank(line) ? [open.raw] : [open.raw, line];
    fields.push({ name, raw: joined(raw) });
  }
  return { fields, rest: message.subarray(end) };
}

/**
 * Whether a folded line holds nothing. Some programs take such a line for the end of the header, and would show
 * what follows, Bcc and all, to everyone (RFC 5322 3.2.2 forbids it, 4.2 reads it as a fold). It is left out.
 */
function isBlank(line: Buffer): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === CR || byte === LF);
}

/** One buffer of one or two; without a copy where they lie side by side, as the lines of a field do. */
function joined([first, second]: readonly Buffer[]): Buffer {
  if (first === undefined || second === undefined) return first ?? Buffer.alloc(0);
  const isBeside =
    first.buffer === second.buffer && first.byteOffset + first.length === second.byteOffset;
  return isBeside
    ? Buffer.from(first.buffer, first.byteOffset, first.length + second.length)
    : Buffer.concat([first, second]);
}

/** The pieces of the message, in their order; together they are the message. */
export function piecesOf({ fields, rest }: RawMessage): readonly Buffer[] {
  return [Buffer.concat(fields.map(({ raw }) => raw)), rest];
}

/** The fields of these names (in lower case). */
export function fieldsNamed(message: RawMessage, ...names: readonly string[]): HeaderField[] {
  return message.fields.filter(({ name }) => names.includes(name));
}

/** The value of a field as raw bytes: what follows the colon, folded lines and line end included. */
export function rawValue({ raw }: HeaderField): Buffer {
  return raw.subarray(raw.indexOf(COLON) + 1);
}

/** The value as text on one line: UTF-8 (RFC 6532), or Latin-1 where it is not valid UTF-8. */
export function textValue(field: HeaderField): string {
  const bytes = rawValue(field);
  return decode(bytes)
    .replace(/\r\n(?=[ \t])/g, '')
    .trim();
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}

/** The lines before the first empty one, each with its line end. */
function* headerLines(message: Buffer): Generator<{ line: Buffer; start: number }> {
  for (let start = 0; start < message.length && message[start] !== CR; ) {
    const lf = message.indexOf(LF, start);
    const next = lf === -1 ? message.length : lf + 1;
    yield { line: message.subarray(start, next), start };
    start = next;
  }
}

function isFolded(line: Buffer): boolean {
  return line[0] === 0x20 || line[0] === 0x09;
}

function fieldName(message: Buffer, line: Buffer, start: number): string {
  const colon = line.indexOf(COLON);
  const name = FIELD_NAME.exec(line.subarray(0, Math.max(colon, 0)).toString('latin1'))?.[1];
  if (name === undefined) {
    throw notAHeader(message, start, 'is not a header line such as "Subject: …"');
  }
  return name.toLowerCase();
}

function notAHeader(message: Buffer, start: number, why: string): Error {
  const lineNumber = message.subarray(0, start).filter((byte) => byte === LF).length + 1;
  return refusal(
    'invalid-message',
    `Line ${lineNumber} of the message ${why}.`,
    'A message begins with header lines (To:, Subject:, …), then an empty line, then the text (RFC 5322).',
  );
}
