const encoder = new TextEncoder();

/**
 * SHA-256 of a value's JSON in hex, independent of the order of names. Tells whether a repeated request has the same
 * content.
 */
export async function fingerprint(value: unknown): Promise<string> {
  return sha256Hex(sortedJson(value));
}

/** JSON with the names of every object in the order of their code units. */
export function sortedJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`;
  const object = value as Readonly<Record<string, unknown>>;
  const names = Object.keys(object).filter((name) => object[name] !== undefined);
  return `{${names.sort().map((name) => `${JSON.stringify(name)}:${sortedJson(object[name])}`).join(',')}}`;
}

/** SHA-256 of the text's UTF-8, hex. */
export async function sha256Hex(text: string): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text))));
}

/** Two lower-case digits a byte. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
