import { roles, userIdProblem, type Caller, type Role } from '../../../application/caller.ts';
import { apiKeyPrefix } from '../../../application/tokens/tokens.ts';
import type { Users } from '../../../application/users/users.ts';
import { createJwt, looksLikeJwt, type JwtClaims } from './jwt.ts';
import { callerOfLogin, isOurs } from './logins.ts';

/** Null: no credentials, or wrong ones. */
export type Authenticate = (authorizationHeader: string | null) => Promise<Caller | null>;

const maxKeyLength = 200;

/**
 * Who sends `Authorization: Bearer …`:
 *
 * - an API key (`wb_…`) is looked up; a disabled user's is refused;
 * - a JWT is checked with `jwtSecret`. If we made it at a login (`iss` is "waybill"), it is that user with the roles
 *   that are stored, as long as nothing has ended the login;
 * - any other JWT names its user as `sub` and the roles as `roles` (["user"] if it has none; roles that we do not know
 *   are left out). Of a user that is stored here the stored roles count, and not the token's; it is refused when the
 *   user is disabled, or when it does not say (`iat`) that it was made after the user's logins were last ended;
 * - in development mode anything else is taken as a user id, with the roles user and operator, and
 *   `admin` as the administrator. Never listen on anything but loopback with it.
 */
export function createAuthenticator(options: {
  /** Null: no JWT is accepted. */
  readonly jwtSecret: string | null;
  readonly devMode: boolean;
  readonly findApiKey: (key: string) => Promise<Caller | null>;
  readonly clock: { now(): number };
  /** Left out where no users are stored. */
  readonly users?: Pick<Users, 'session' | 'standing'>;
}): Authenticate {
  const { jwtSecret, devMode, clock, users } = options;
  const findApiKey: typeof options.findApiKey = async (key) => {
    const owner = await options.findApiKey(key);
    return owner === null || (await users?.standing(owner.userId))?.disabled ? null : owner;
  };
  const jwt = jwtSecret === null ? null : createJwt(jwtSecret);
  return async (header) => {
    const token = bearerToken(header);
    if (token === null) return null;
    if (token.startsWith(apiKeyPrefix)) return token.length <= maxKeyLength ? findApiKey(token) : null;
    if (!devMode || looksLikeJwt(token)) {
      const claims = await jwt?.verify(token, clock.now());
      if (!claims) return null;
      if (isOurs(claims)) return users === undefined ? null : callerOfLogin(claims, users);
      return callerOf(claims, users);
    }
    return developer(token);
  };
}

function bearerToken(header: string | null): string | null {
  const match = header === null ? null : /^bearer +([^\s]+)$/i.exec(header.trim());
  return match?.[1] ?? null;
}

async function callerOf(claims: JwtClaims, users: Pick<Users, 'standing'> | undefined): Promise<Caller | null> {
  const { sub, roles: claimed, iat } = claims;
  if (typeof sub !== 'string' || userIdProblem(sub) !== null) return null;
  if (claimed !== undefined && !Array.isArray(claimed)) return null;
  const standing = (await users?.standing(sub)) ?? null;
  if (standing === null) {
    return { userId: sub, roles: claimed === undefined ? ['user'] : roles.filter((role) => claimed.includes(role)) };
  }
  // Its issuer counts in seconds: a token of the second in which the logins were ended is let through.
  const isNewer = typeof iat === 'number' && Math.floor(iat) >= Math.floor(standing.tokensFrom / 1000);
  return standing.disabled || !isNewer ? null : { userId: sub, roles: standing.roles };
}

const developerRoles: readonly Role[] = ['user', 'operator'];

function developer(userId: string): Caller | null {
  if (userIdProblem(userId) !== null) return null;
  return { userId, roles: userId === 'admin' ? roles : developerRoles };
}
