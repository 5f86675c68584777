const name = 'waybill_session';

/** For pages: no script reads it, and no other site's page sends it. `expiresAt` in milliseconds since 1970. */
export function sessionCookie(token: string, expiresAt: number, https: boolean): string {
  return `${name}=${token}; Expires=${new Date(expiresAt).toUTCString()}; ${attributes(https)}`;
}

export function expiredCookie(https: boolean): string {
  return `${name}=; Max-Age=0; ${attributes(https)}`;
}

function attributes(https: boolean): string {
  return `Path=/; HttpOnly; SameSite=Strict${https ? '; Secure' : ''}`;
}

/** The token of the session in a Cookie header; null when there is none that could be a JWT. */
export function tokenInCookie(header: string | undefined): string | null {
  if (header === undefined || header.length > 16_384) return null;
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    const value = pair.slice(at + 1).trim();
    if (at !== -1 && pair.slice(0, at).trim() === name && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(value)) return value;
  }
  return null;
}
