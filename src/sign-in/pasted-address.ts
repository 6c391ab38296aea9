/** What a person pastes when the browser is on another computer: the whole address it ended at, or the code alone. */

export type Paste =
  | { readonly kind: 'answer'; readonly parameters: URLSearchParams }
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'wrong'; readonly why: string };

/** Google's codes are at most 256 bytes; their slash may be pasted as %2F. */
const BARE_CODE = /^[\w/%.~-]{10,512}$/;

/**
 * Reads a paste.
 *
 * @param text as typed; outer spaces, quotes, and line breaks from a terminal's wrapping are tolerated
 * @param redirectUri the `redirect_uri` of the request
 */
export function readPaste(text: string, redirectUri: string): Paste {
  const pasted = unescaped(text.replace(/\s+/g, '').replace(/^["'<]+|["'>]+$/g, ''));
  if (pasted === '') return wrong('Nothing was pasted.');
  if (/^[?&]?(?:state|code|error|iss)=/.test(pasted)) {
    return readParameters(new URLSearchParams(pasted.replace(/^[?&]/, '')));
  }
  if (/^https?:/i.test(pasted)) return readAddress(pasted, redirectUri);
  if (/^(?:127\.0\.0\.1|localhost):/i.test(pasted))
    return readAddress(`http://${pasted}`, redirectUri);
  // Words that a person typed are not a code: as a wrong code they would end the sign-in.
  if (BARE_CODE.test(pasted) && !/\s/.test(text.trim()))
    return { kind: 'code', code: decode(pasted) };
  return wrong(`This is neither the address nor the code. The address starts with ${redirectUri}?`);
}

function readAddress(pasted: string, redirectUri: string): Paste {
  if (!URL.canParse(pasted))
    return wrong('This address is not whole. Copy all of it and paste it again.');
  const url = new URL(pasted);
  if (url.hostname.endsWith('google.com')) {
    return wrong(
      'This is the address of Google’s own page. Finish there first: ' +
        `after Allow, the browser goes to an address that starts with ${redirectUri}? and may say that it can’t be reached. Paste that one.`,
    );
  }
  if (!isSamePlace(url, new URL(redirectUri))) {
    return wrong(
      `This address belongs to another sign-in. The address of this one starts with ${redirectUri}?`,
    );
  }
  return readParameters(url.searchParams);
}

/** Chat programs and browsers turn it into https or localhost; the port and path are specific to this sign-in. */
function isSamePlace(url: URL, redirect: URL): boolean {
  const isHere = ['127.0.0.1', 'localhost'].includes(url.hostname);
  return isHere && url.port === redirect.port && url.pathname === redirect.pathname;
}

/** As it was in the address bar: a copy from a page's source or from another address is escaped once more. */
function unescaped(pasted: string): string {
  const plain = pasted.replace(/&(?:amp|#38|#x26);/gi, '&');
  const isEncoded = !plain.includes('=') && /(?:state|code|error|iss)%3D/i.test(plain);
  return isEncoded ? decode(plain) : plain;
}

function readParameters(parameters: URLSearchParams): Paste {
  if (parameters.has('code') || parameters.has('error')) return { kind: 'answer', parameters };
  return wrong('The end of the address is missing. Copy all of it and paste it again.');
}

function decode(code: string): string {
  try {
    return decodeURIComponent(code);
  } catch {
    return code;
  }
}

function wrong(why: string): Paste {
  return { kind: 'wrong', why };
}
