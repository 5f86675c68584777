import type { Caller, Credentials } from '../../application/caller.ts';
import type { Standing } from '../../application/users/standing.ts';
import type { Login } from '../../application/users/users.ts';
import { createJwt, type JwtClaims } from './jwt.ts';

/** Makes a JWT of a login. `expiresAt` in milliseconds since 1970. */
export type SignLogin = (login: Login) => Promise<{ readonly token: string; readonly expiresAt: number }>;

/** Makes a JWT of an anonymous sign-up. */
export type SignAnonymous = (
  signedUp: { readonly userId: string; readonly sessionId: string },
) => Promise<{ readonly token: string; readonly expiresAt: number }>;

/** Tells the JWTs of our own logins from those that others sign with the same secret. */
const issuer = 'waybill';

/** `lifetimeMs`: how long a login is good. */
export function createLoginSigner(options: {
  readonly jwtSecret: string;
  readonly lifetimeMs: number;
  readonly clock: { now(): number };
}): SignLogin {
  const { jwtSecret, lifetimeMs, clock } = options;
  const jwt = createJwt(jwtSecret);
  return async ({ userId, sessionId, startedAt, tokensFrom }) => {
    const issuedAt = Math.floor(clock.now() / 1000);
    const expires = issuedAt + Math.ceil(lifetimeMs / 1000);
    // Without roles: they are those that the user has when the token is used.
    const claims = {
      iss: issuer, sub: userId, iat: issuedAt, exp: expires, sid: sessionId, started_at: startedAt,
      tokens_from: tokensFrom,
    };
    return { token: await jwt.sign(claims), expiresAt: expires * 1000 };
  };
}

const anonymousSeconds = 30 * 86_400;

export function createAnonymousSigner(options: {
  readonly jwtSecret: string;
  readonly clock: { now(): number };
}): SignAnonymous {
  const jwt = createJwt(options.jwtSecret);
  return async ({ userId, sessionId }) => {
    const issuedAt = Math.floor(options.clock.now() / 1000);
    const expires = issuedAt + anonymousSeconds;
    const claims = { iss: issuer, sub: userId, iat: issuedAt, exp: expires, sid: sessionId, anonymous: true };
    return { token: await jwt.sign(claims), expiresAt: expires * 1000 };
  };
}

/** The session of an anonymous user's JWT; null when it is none. */
export function anonymousSession({ anonymous, sid }: JwtClaims): string | null {
  return anonymous === true && typeof sid === 'string' ? sid : null;
}

export function isOurs({ iss }: JwtClaims): boolean {
  return iss === issuer;
}

export type LoginCredentials = Credentials & { readonly type: 'login' };

/** What a JWT of a login says; null when it is none. */
export function loginIn(
  { sid, started_at: startedAt, tokens_from: tokensFrom }: JwtClaims,
  expiresAt: number,
): LoginCredentials | null {
  if (typeof sid !== 'string' || typeof startedAt !== 'number' || typeof tokensFrom !== 'number') return null;
  return { type: 'login', sessionId: sid, startedAt, tokensFrom, expiresAt };
}

/**
 * Whose login it is, with the roles of now; null when it does not count any longer. `tokensFrom` is the user's at the
 * login: compared with that, and not with the time of the login, no clock can be wrong, and a login with the old
 * password that was under way when the password was changed does not count.
 */
export function callerOfLogin({ tokensFrom }: LoginCredentials, user: Standing | null): Caller | null {
  if (user === null || user.disabled || user.tokensFrom !== tokensFrom) return null;
  return { userId: user.userId, roles: user.roles };
}
