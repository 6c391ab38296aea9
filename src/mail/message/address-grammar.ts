/** A strict parser for the address lists of RFC 5322 section 3.4: every word is part of an address or a name. */

/** A list that can't be parsed: the faulty entry, as written. */
export interface GrammarFault {
  readonly entry: string;
  /** What follows the entry in the list. */
  readonly rest: string;
}

export type GrammarReading =
  | { readonly addresses: readonly string[] }
  | { readonly fault: GrammarFault };

/** A word, or one of the characters between words. Comments and white space are gone. */
interface Token {
  readonly kind:
    | 'atom'
    | 'quoted'
    | 'literal'
    | '<'
    | '>'
    | ','
    | ';'
    | ':'
    | '.'
    | '@'
    | 'bad'
    | 'end';
  readonly text: string;
  /** The offset in the list. */
  readonly start: number;
  readonly end: number;
}

/** White space, a domain literal (3.4.1), an atom (3.2.3, with RFC 6532), or a special. */
const TOKEN =
  /[ \t\r\n]+|(?<literal>\[[^\][\\\p{Cc}]*\])|(?<atom>(?:[!#$%&'*+\-/=?^_`{|}~\w]|(?!\p{Cc})\P{ASCII})+)|[<>,;:.@]/uy;

/**
 * Reads a list on one line. The grammar allows groups, comments (nested to any depth), empty entries and dots in
 * names (4.4), and white space around a dot. Routes (4.4) are not read: mail programs must ignore them.
 *
 * An unquoted name that repeats the address in the angle brackets is accepted too, though it should be quoted:
 * many programs write it, and it can only mean one thing.
 */
export function readByGrammar(text: string): GrammarReading {
  const tokens = tokenise(text);
  const addresses: string[] = [];
  let at = 0;
  const kind = () => tokens[at]?.kind ?? 'end';

  /** The words before the next character that decides what they are. */
  const words = (): Token[] => {
    const from = at;
    while (kind() === 'atom' || kind() === 'quoted' || kind() === '.') at += 1;
    return tokens.slice(from, at);
  };

  const domain = (): string | null => {
    if (kind() !== '@') return null;
    at += 1;
    if (kind() === 'literal') return tokens[at++]?.text ?? null;
    const parts = words();
    return isDotted(parts) && parts.every((part) => part.kind !== 'quoted') ? joined(parts) : null;
  };

  const address = (local: readonly Token[]): string | null => {
    const host = domain();
    return host === null || !isDotted(local) ? null : `${joined(local)}@${host}`;
  };

  const inBrackets = (): string | null => {
    at += 1;
    const found = address(words());
    if (found === null || kind() !== '>') return null;
    at += 1;
    return found;
  };

  const mailbox = (start: readonly Token[]): boolean => {
    let found: string | null;
    if (kind() === '<') {
      found = start[0]?.kind === '.' ? null : inBrackets();
    } else {
      found = address(start);
      if (found !== null && kind() === '<') {
        const name = found.toLowerCase();
        found = inBrackets();
        if (found?.toLowerCase() !== name) found = null;
      }
    }
    if (found === null) return false;
    addresses.push(found);
    return true;
  };

  /** Reads entries to the end of the list, or to one that can't be read, and returns the start of that one. */
  const entries = (isGroup: boolean): number | null => {
    for (;;) {
      while (kind() === ',') at += 1;
      const start = at;
      if (kind() === (isGroup ? ';' : 'end')) return null;
      const first = words();
      if (!isGroup && kind() === ':' && first.length > 0 && first[0]?.kind !== '.') {
        at += 1;
        const fault = entries(true);
        if (fault !== null) return fault;
        at += 1;
      } else if (!mailbox(first)) return start;
      if (kind() !== ',' && kind() !== (isGroup ? ';' : 'end')) return start;
    }
  };

  const fault = entries(false);
  return fault === null ? { addresses } : { fault: describeFault(text, tokens, fault, at) };
}

function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  /** A quotation stays unclosed up to here, so the quotation marks inside it close nothing either. */
  let openUntil = 0;
  while (at < text.length) {
    if (text[at] === '(') {
      const end = commentEnd(text, at);
      // An unclosed comment swallows the rest: we don't guess what it hides.
      if (end === null) {
        tokens.push({ kind: 'bad', text: text.slice(at), start: at, end: text.length });
        break;
      }
      at = end;
      continue;
    }
    if (text[at] === '"') {
      const stop = at < openUntil ? openUntil : quotationStop(text, at);
      const isClosed = at >= openUntil && text[stop] === '"';
      const end = isClosed ? stop + 1 : at + 1;
      const kind = isClosed ? 'quoted' : 'bad';
      tokens.push({ kind, text: text.slice(at, end), start: at, end });
      if (!isClosed) openUntil = stop;
      at = end;
      continue;
    }
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    const [raw = text[at] ?? ''] = found ?? [];
    const { literal, atom } = found?.groups ?? {};
    const end = at + raw.length;
    if (found === null) tokens.push({ kind: 'bad', text: raw, start: at, end });
    else if (literal !== undefined) tokens.push({ kind: 'literal', text: raw, start: at, end });
    else if (atom !== undefined) tokens.push({ kind: 'atom', text: raw, start: at, end });
    else if (raw.trim() !== '') {
      tokens.push({ kind: raw as Token['kind'], text: raw, start: at, end });
    }
    at = end;
  }
  return tokens;
}

/** The list without its comments; quoted strings stay, and so does everything after an unclosed comment. */
export function withoutComments(text: string): string {
  let kept = '';
  for (let at = 0; at < text.length; ) {
    if (text[at] === '(') {
      const end = commentEnd(text, at);
      if (end === null) return `${kept}${text.slice(at)}`.trim();
      at = end;
      continue;
    }
    const end = text[at] === '"' ? quotationStop(text, at) + 1 : at + 1;
    kept += text.slice(at, end);
    at = end;
  }
  return kept.trim();
}

/** RFC 5322 3.2.4: the quotation mark that ends a quoted string, or the place where it can't continue. */
function quotationStop(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const isEscape = text[at] === '\\';
    if (isEscape) at += 1;
    else if (text[at] === '"') return at;
    const code = text.charCodeAt(at);
    const isControl = code < 0x20 || (code >= 0x7f && code <= 0x9f);
    if (isControl && (isEscape || code !== 0x09)) return at;
  }
  return text.length;
}

/** RFC 5322 3.2.2: comments nest. Null for an unclosed comment. */
function commentEnd(text: string, start: number): number | null {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '(') depth += 1;
    else if (text[at] === ')') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return null;
}

/** Whether words and dots alternate, with a word first and last. */
function isDotted(tokens: readonly Token[]): boolean {
  return (
    tokens.length % 2 === 1 &&
    tokens.every(({ kind }, index) => (kind === '.') === (index % 2 === 1))
  );
}

function joined(tokens: readonly Token[]): string {
  return tokens.map(({ text }) => text).join('');
}

/** The entry from its start to the first comma after the place where parsing stopped. */
function describeFault(
  text: string,
  tokens: readonly Token[],
  first: number,
  stopped: number,
): GrammarFault {
  const from = tokens[first]?.start ?? text.length;
  const comma = tokens.slice(Math.max(first, stopped)).find(({ kind }) => kind === ',');
  const to = comma?.start ?? text.length;
  return { entry: text.slice(from, to).trim(), rest: text.slice(to + 1).trim() };
}
