const name = 'waybill_session';

/** For pages: no script reads it, and no other site's page sends it. `expiresAt` in milliseconds since 1970. */
export function sessionCookie(token: string, expiresAt: number, https: boolean): string {
  return `${name}=${token}; Expires=${new Date(expiresAt).toUTCString()}; ${attributes(https)}`;
}

/** In development mode, where a user id is a token: as long as the browser is open. */
export function developerCookie(userId: string, https: boolean): string {
  return `${name}=${encodeURIComponent(userId)}; ${attributes(https)}`;
}

export function expiredCookie(https: boolean): string {
  return `${name}=; Max-Age=0; ${attributes(https)}`;
}

function attributes(https: boolean): string {
  return `Path=/; HttpOnly; SameSite=Strict${https ? '; Secure' : ''}`;
}

/**
 * The token of the session in a Cookie header; null when there is none that could be a JWT, or in development mode a
 * user id.
 */
export function tokenInCookie(header: string | undefined, devMode: boolean): string | null {
  if (header === undefined || header.length > 16_384) return null;
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    const value = pair.slice(at + 1).trim();
    if (at === -1 || pair.slice(0, at).trim() !== name) continue;
    if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(value)) return value;
    if (devMode && /^[\w.~%!*'()-]{1,400}$/.test(value)) return decoded(value);
  }
  return null;
}

function decoded(value: string): string | null {
  try {
    return decodeURIComponent(value);
  } catch {
    return null;
  }
}
