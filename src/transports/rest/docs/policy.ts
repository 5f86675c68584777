export interface Page {
  readonly html: string;
  /** Its Content-Security-Policy. */
  readonly policy: string;
}

/** A policy that allows the page's own style and script, by their hashes, and nothing else. */
export async function pagePolicy(own: { readonly style: string; readonly script?: string }): Promise<string> {
  return [
    "default-src 'none'",
    `style-src '${await hash(own.style)}'`,
    ...(own.script === undefined ? [] : [`script-src '${await hash(own.script)}'`]),
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

async function hash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}
