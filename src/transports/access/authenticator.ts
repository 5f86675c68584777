import { type AuthenticatedKey, apiKeyPrefix } from '../../application/tokens/tokens.ts';
import { roles, userIdProblem, type Caller, type Credentials, type Role } from '../../application/caller.ts';
import { sha256Hex } from '../../application/fingerprint.ts';
import type { Standing } from '../../application/users/standing.ts';
import type { Users } from '../../application/users/users.ts';
import { refusal, type Refusal } from '../../contract/errors.ts';
import { createJwt, looksLikeJwt, signedPart, type JwtClaims } from './jwt.ts';
import { anonymousSession, callerOfLogin, isOurs, loginIn } from './logins.ts';

export type Authenticated =
  | { readonly ok: true; readonly caller: Caller; readonly credentials: Credentials }
  /** What is wrong, the beginning of a sentence. */
  | { readonly ok: false; readonly problem: string };

export type Authenticate = (authorizationHeader: string) => Promise<Authenticated>;

export const noCredentials: Authenticated & { readonly ok: false } = {
  ok: false, problem: 'There is no Authorization header',
};

/** What to answer; `problem` as `Authenticated` has it. */
export function notAuthenticated(problem: string, devMode: boolean): Refusal {
  const token = devMode ? 'any user id (this is development mode)' : 'a JWT or an API key (wb_…)';
  return refusal('unauthenticated', `${problem}: send "Authorization: Bearer <token>" with ${token}.`);
}

/** For requests that were open when their token was ended. */
export const tokenEnded = refusal('unauthenticated', 'The token was ended while the request waited: log in again.');

const maxKeyLength = 200;

export interface AuthenticatorOptions {
  /** Null: no JWT is accepted. */
  readonly jwtSecret: string | null;
  /** Of JWTs that others make: one of these has to be in `aud`, and `iss` has to be one of those. Empty: any. */
  readonly audiences?: readonly string[];
  readonly issuers?: readonly string[];
  readonly devMode: boolean;
  readonly findApiKey: (key: string) => Promise<AuthenticatedKey | null>;
  readonly clock: { now(): number };
  /** Left out where no users are stored. */
  readonly users?: Pick<Users, 'standing'>;
}

/**
 * Who sends `Authorization: Bearer …`:
 *
 * - an API key (`wb_…`) is looked up, see `Tokens`;
 * - a JWT is checked with `jwtSecret`, and has to expire. If we made it at a login (`iss` is "waybill"), it is that
 *   user with the roles that are stored, as long as nothing has ended the login; of an anonymous sign-up it is whom it
 *   names, with the role user;
 * - any other JWT names its user as `sub` and the roles as `roles` (["user"] if it has none; roles that we do not know
 *   are left out). Of a user that is stored here, by that id in whatever case, the stored id and roles count, and not
 *   the token's; it is refused when the user is disabled, or when it does not say (`iat`) that it was made after the
 *   user's logins were last ended. What nobody stored is for its issuer to tell apart, whose ids may differ in case;
 * - in development mode anything else is taken as a user id, with the roles user and operator, and
 *   `admin` as the administrator; of a user that is stored, by the stored id. Never listen on anything but loopback
 *   with it.
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticate {
  const { devMode, findApiKey, users } = options;
  const readJwt = createJwtReader(options);
  return async (header) => {
    const token = bearerToken(header);
    if (token === null) return refused('The Authorization header is not "Bearer <token>"');
    if (token.startsWith(apiKeyPrefix)) {
      const found = token.length <= maxKeyLength ? await findApiKey(token) : null;
      if (found === null) return refused('There is no such API key, or it has expired or been revoked');
      return { ok: true, ...found };
    }
    if (!devMode || looksLikeJwt(token)) return readJwt(token);
    const caller = developer(token);
    if (caller === null) return refused('That is not a valid user id');
    const { user } = await (users?.standing(caller.userId, '') ?? nobody);
    const { userId } = user ?? caller;
    return { ok: true, caller: { userId, roles: caller.roles }, credentials: { type: 'developer' } };
  };
}

function refused(problem: string): Authenticated {
  return { ok: false, problem };
}

function bearerToken(header: string): string | null {
  const match = /^bearer +([^\s]+)$/i.exec(header.trim());
  return match?.[1] ?? null;
}

const over = refused('The login has ended');
const nobody: Awaited<ReturnType<Users['standing']>> = { user: null, isEnded: false };

function createJwtReader(options: AuthenticatorOptions): (token: string) => Promise<Authenticated> {
  const { jwtSecret, clock, users } = options;
  const jwt = jwtSecret === null ? null : createJwt(jwtSecret);
  return async (token) => {
    if (jwt === null) return refused('This server does not accept JWTs');
    const verified = await jwt.verify(token, clock.now());
    if (!verified.ok) return refused(verified.problem);
    const { claims, expiresAtMs } = verified;
    const { sub } = claims;
    const anonymous = isOurs(claims) ? anonymousSession(claims) : null;
    if (anonymous !== null && typeof sub === 'string') {
      const { user, isEnded } = await (users?.standing(sub, anonymous) ?? nobody);
      // Somebody has made a user with a password of that id.
      if (isEnded || user !== null) return over;
      const credentials = { type: 'jwt', sessionId: anonymous, expiresAt: expiresAtMs } as const;
      return { ok: true, caller: { userId: sub, roles: ['user'] }, credentials };
    }
    if (isOurs(claims)) {
      const login = loginIn(claims, expiresAtMs);
      if (login === null || users === undefined || typeof sub !== 'string') return over;
      const { user, isEnded } = await users.standing(sub, login.sessionId);
      const caller = isEnded ? null : callerOfLogin(login, user);
      return caller === null ? over : { ok: true, caller, credentials: login };
    }
    const problem = claimsProblem(options, claims);
    if (problem !== null || typeof sub !== 'string') return refused(problem ?? 'The token has no "sub"');
    // Where no users are, no session is ended either.
    const sessionId = users === undefined ? '' : `jwt:${await sha256Hex(signedPart(token))}`;
    const { user, isEnded } = await (users?.standing(sub, sessionId) ?? nobody);
    const caller = isEnded ? null : callerOf(sub, claims, user);
    if (caller === null) return over;
    return { ok: true, caller, credentials: { type: 'jwt', sessionId, expiresAt: expiresAtMs } };
  };
}

function claimsProblem(
  { audiences = [], issuers = [] }: Pick<AuthenticatorOptions, 'audiences' | 'issuers'>,
  { sub, roles: claimed, aud, iss }: JwtClaims,
): string | null {
  if (typeof sub !== 'string' || userIdProblem(sub) !== null) return 'The "sub" of the token is no user id';
  if (claimed !== undefined && !Array.isArray(claimed)) return 'The "roles" of the token are no list';
  const given = Array.isArray(aud) ? aud : [aud];
  if (audiences.length > 0 && !audiences.some((audience) => given.includes(audience))) {
    return 'The token is for another audience ("aud")';
  }
  if (issuers.length > 0 && !issuers.some((issuer) => issuer === iss)) return 'The token is another issuer’s ("iss")';
  return null;
}

function callerOf(sub: string, { roles: claimed, iat }: JwtClaims, user: Standing | null): Caller | null {
  if (user === null) {
    return { userId: sub, roles: Array.isArray(claimed) ? roles.filter((role) => claimed.includes(role)) : ['user'] };
  }
  // Its issuer counts in seconds: a token of the second in which the logins were ended is let through.
  const isNewer = typeof iat === 'number' && Math.floor(iat) >= Math.floor(user.tokensFrom / 1000);
  return user.disabled || !isNewer ? null : { userId: user.userId, roles: user.roles };
}

const developerRoles: readonly Role[] = ['user', 'operator'];

function developer(userId: string): Caller | null {
  if (userIdProblem(userId) !== null) return null;
  return { userId, roles: userId === 'admin' ? roles : developerRoles };
}
