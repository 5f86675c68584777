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

/** A UUID that the text determines: version 8 of RFC 9562, which is for custom ids. */
export async function sha256Uuid(text: string): Promise<string> {
  const digits = await sha256Hex(text);
  const variant = ((parseInt(digits.slice(15, 16), 16) & 0x3) | 0x8).toString(16);
  const parts = [digits.slice(0, 8), digits.slice(8, 12), `8${digits.slice(12, 15)}`];
  return [...parts, variant + digits.slice(16, 19), digits.slice(19, 31)].join('-');
}

/** Two lower-case digits a byte. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
