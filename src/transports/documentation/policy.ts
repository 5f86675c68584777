export interface Page {
  readonly html: string;
  /** Its Content-Security-Policy. */
  readonly policy: string;
}

/**
 * A policy that allows the page's own style and script, by their hashes, and nothing else. A guide has pictures and a
 * search of the server beside.
 */
export async function pagePolicy(
  own: { readonly style: string; readonly script?: string; readonly isGuide?: boolean },
): Promise<string> {
  const { isGuide = false } = own;
  return [
    "default-src 'none'",
    `style-src '${await hash(own.style)}'`,
    ...(own.script === undefined ? [] : [`script-src '${await hash(own.script)}'`]),
    `img-src data:${isGuide ? " 'self'" : ''}`,
    "base-uri 'none'",
    `form-action '${isGuide ? 'self' : 'none'}'`,
    "frame-ancestors 'none'",
  ].join('; ');
}

async function hash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}
