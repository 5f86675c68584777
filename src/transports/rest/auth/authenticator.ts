import { apiKeyPrefix } from '../../../application/tokens/tokens.ts';
import { roles, userIdProblem, type Caller, type Role } from '../../../application/caller.ts';
import { createJwt, looksLikeJwt } from './jwt.ts';

/** Null: no credentials, or wrong ones. */
export type Authenticate = (authorizationHeader: string | null) => Promise<Caller | null>;

const maxKeyLength = 200;

/**
 * Who sends `Authorization: Bearer …`:
 *
 * - an API key (`wb_…`) is looked up;
 * - a JWT is checked with `jwtSecret`: `sub` is the user, `roles` (["user"] if it has none) the roles;
 *   roles that we do not know are left out;
 * - in development mode anything else is taken as a user id, with the roles user and operator, and
 *   `admin` as the administrator. Never listen on anything but loopback with it.
 */
export function createAuthenticator(options: {
  /** Null: no JWT is accepted. */
  readonly jwtSecret: string | null;
  readonly devMode: boolean;
  readonly findApiKey: (key: string) => Promise<Caller | null>;
  readonly clock: { now(): number };
}): Authenticate {
  const { jwtSecret, devMode, findApiKey, clock } = options;
  const jwt = jwtSecret === null ? null : createJwt(jwtSecret);
  return async (header) => {
    const token = bearerToken(header);
    if (token === null) return null;
    if (token.startsWith(apiKeyPrefix)) return token.length <= maxKeyLength ? findApiKey(token) : null;
    if (!devMode || looksLikeJwt(token)) {
      const claims = await jwt?.verify(token, clock.now());
      return claims ? callerOf(claims) : null;
    }
    return developer(token);
  };
}

function bearerToken(header: string | null): string | null {
  const match = header === null ? null : /^bearer +([^\s]+)$/i.exec(header.trim());
  return match?.[1] ?? null;
}

function callerOf({ sub, roles: claimed }: { readonly sub?: unknown; readonly roles?: unknown }): Caller | null {
  if (typeof sub !== 'string' || userIdProblem(sub) !== null) return null;
  if (claimed === undefined) return { userId: sub, roles: ['user'] };
  return Array.isArray(claimed) ? { userId: sub, roles: roles.filter((role) => claimed.includes(role)) } : null;
}

const developerRoles: readonly Role[] = ['user', 'operator'];

function developer(userId: string): Caller | null {
  if (userIdProblem(userId) !== null) return null;
  return { userId, roles: userId === 'admin' ? roles : developerRoles };
}
