const encoder = new TextEncoder();

/** SHA-256 of a value's JSON, hex: whether a repeated request says the same thing. */
export async function fingerprint(value: unknown): Promise<string> {
  return sha256Hex(JSON.stringify(value));
}

/** SHA-256 of the text's UTF-8, hex. */
export async function sha256Hex(text: string): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text))));
}

/** Two lower-case digits a byte. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
