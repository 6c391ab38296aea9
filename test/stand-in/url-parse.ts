/** URL.parse for Node.js before 20.19, which oidc-provider calls. Import it before oidc-provider. */

// An older Node.js has no such function, whatever its types say.
const url = URL as { parse?: (text: string, base?: string) => URL | null };
url.parse ??= (text, base) => (URL.canParse(text, base) ? new URL(text, base) : null);
