/** An address list by the grammar of RFC 5322 section 3.4, strictly: every word of it is part of an address or a name. */

/** A list that is none: the entry that can't be read, as it stands there. */
export interface GrammarFault {
  readonly entry: string;
  /** What follows the entry in the list. */
  readonly rest: string;
}

/** What a list says. */
export type GrammarReading =
  | { readonly addresses: readonly string[] }
  | { readonly fault: GrammarFault };

/** A word, or one of the characters that stand between words. Comments and white space are gone. */
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
  /** Where it stands in the list. */
  readonly start: number;
  readonly end: number;
}

/** White space, a quoted string (3.2.4), a domain literal (3.4.1), an atom (3.2.3, with RFC 6532), or a special. */
const TOKEN =
  /[ \t\r\n]+|(?<quoted>"(?:[^"\\\p{Cc}]|\t|\\[^\p{Cc}])*")|(?<literal>\[[^\][\\\p{Cc}]*\])|(?<atom>(?:[!#$%&'*+\-/=?^_`{|}~\w]|(?!\p{Cc})\P{ASCII})+)|[<>,;:.@]/uy;

/**
 * Reads a list on one line. As the grammar has it: groups, comments (nested to any depth), empty entries and dots
 * in names (4.4), white space around a dot. Routes (4.4) are not read: mail programs must ignore them.
 *
 * A name in front of angle brackets that is the very address inside them is taken too, though it should be quoted:
 * many programs write it, and it can be read in one way only.
 */
export function readByGrammar(text: string): GrammarReading {
  const tokens = tokenise(text);
  const addresses: string[] = [];
  let at = 0;
  const kind = () => tokens[at]?.kind ?? 'end';

  /** The words up to the next character that decides what they are. */
  const words = (): Token[] => {
    const from = at;
    while (kind() === 'atom' || kind() === 'quoted' || kind() === '.') at += 1;
    return tokens.slice(from, at);
  };

  /** The rest of an address after its local part. */
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

  /** What stands between < and >. */
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

  /** Entries up to one that can't be read, or to what ends the list. Gives the start of the faulty one. */
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
  while (at < text.length) {
    if (text[at] === '(') {
      const end = commentEnd(text, at);
      // An open comment swallows the rest: what it hides is not ours to guess.
      if (end === null) {
        tokens.push({ kind: 'bad', text: text.slice(at), start: at, end: text.length });
        break;
      }
      at = end;
      continue;
    }
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    const [raw = text[at] ?? ''] = found ?? [];
    const { quoted, literal, atom } = found?.groups ?? {};
    const end = at + raw.length;
    if (found === null) tokens.push({ kind: 'bad', text: raw, start: at, end });
    else if (quoted !== undefined) tokens.push({ kind: 'quoted', text: raw, start: at, end });
    else if (literal !== undefined) tokens.push({ kind: 'literal', text: raw, start: at, end });
    else if (atom !== undefined) tokens.push({ kind: 'atom', text: raw, start: at, end });
    else if (raw.trim() !== '') {
      tokens.push({ kind: raw as Token['kind'], text: raw, start: at, end });
    }
    at = end;
  }
  return tokens;
}

/** The list without its comments; what is in quotation marks stays. */
export function withoutComments(text: string): string {
  let kept = '';
  for (let at = 0; at < text.length; ) {
    const quoted = text[at] === '"' ? /^"(?:[^"\\]|\\.)*"/s.exec(text.slice(at))?.[0] : undefined;
    const end = text[at] === '(' ? commentEnd(text, at) : null;
    if (end === null) kept += quoted ?? text.charAt(at);
    at = end ?? at + (quoted?.length ?? 1);
  }
  return kept.trim();
}

/** RFC 5322 3.2.2: comments nest. Null for one that has no end. */
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

/** Whether words alternate with dots, from a word to a word. */
function isDotted(tokens: readonly Token[]): boolean {
  return (
    tokens.length % 2 === 1 &&
    tokens.every(({ kind }, index) => (kind === '.') === (index % 2 === 1))
  );
}

function joined(tokens: readonly Token[]): string {
  return tokens.map(({ text }) => text).join('');
}

/** The entry from its start to the comma after the place where reading stopped. */
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
