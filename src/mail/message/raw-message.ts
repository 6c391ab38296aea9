/** A message as raw bytes: the header is split into fields, and everything else is untouched. */

import { refusal } from './refusal.js';

/** One header field, byte for byte. */
export interface HeaderField {
  /** In lower case. */
  readonly name: string;
  /** The whole field, folded lines and line end included. */
  readonly raw: Buffer;
}

/** The fields in their order, then the rest. Nothing is decoded, so nothing can be lost. */
export interface RawMessage {
  readonly fields: readonly HeaderField[];
  /** The empty line and the body; empty for a message that is only a header. */
  readonly rest: Buffer;
}

/** RFC 5322 2.2: printable characters without the colon; 4.5 allows white space before the colon. */
const FIELD_NAME = /^([!-9;-~]+)[ \t]*$/;

const CR = 0x0d;
const LF = 0x0a;
const COLON = 0x3a;
const NUL = 0x00;

/**
 * Splits the header into fields. Strict where mail programs differ: what one of them takes for the end of
 * the header and another for a field could be mailed to someone it was not meant for.
 *
 * @param message with CRLF line ends
 * @throws MailError `invalid-message`
 */
export function parseRawMessage(message: Buffer): RawMessage {
  const fields: { readonly name: string; readonly lines: Buffer[] }[] = [];
  let end = 0;
  for (const { line, start } of headerLines(message)) {
    if (line.includes(NUL)) throw notAHeader(message, start, 'holds a NUL character');
    end = start + line.length;
    const open = isFolded(line) ? fields.at(-1) : undefined;
    if (open === undefined) fields.push({ name: fieldName(message, line, start), lines: [line] });
    else if (!isBlank(line)) open.lines.push(line);
  }
  return {
    fields: fields.map(({ name, lines }) => ({ name, raw: joined(lines) })),
    rest: message.subarray(end),
  };
}

/**
 * Whether a folded line is blank. Some programs take such a line for the end of the header, and would show what
 * follows, including Bcc, to everyone (RFC 5322 3.2.2 forbids it, 4.2 reads it as a fold). It is left out.
 */
function isBlank(line: Buffer): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === CR || byte === LF);
}

/** The lines of a field in one buffer; not copied if they are contiguous, as they are unless one was left out. */
function joined(lines: readonly Buffer[]): Buffer {
  const [first] = lines;
  const length = lines.reduce((total, line) => total + line.length, 0);
  const last = lines.at(-1);
  if (first === undefined || last === undefined) return Buffer.alloc(0);
  return last.byteOffset + last.length === first.byteOffset + length
    ? Buffer.from(first.buffer, first.byteOffset, length)
    : Buffer.concat(lines);
}

/** The pieces that together make up the message, in order. */
export function piecesOf({ fields, rest }: RawMessage): readonly Buffer[] {
  return [Buffer.concat(fields.map(({ raw }) => raw)), rest];
}

/** @param names in lower case */
export function fieldsNamed(message: RawMessage, ...names: readonly string[]): HeaderField[] {
  return message.fields.filter(({ name }) => names.includes(name));
}

/** The value of a field as raw bytes: everything after the colon, folded lines and line end included. */
export function rawValue({ raw }: HeaderField): Buffer {
  return raw.subarray(raw.indexOf(COLON) + 1);
}

/** The value as text on one line: UTF-8 (RFC 6532), or Latin-1 if it is not valid UTF-8. */
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

/** The lines before the first empty one, line ends included. */
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
