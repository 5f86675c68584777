import type { Caller } from '../../../application/caller.ts';
import type { Login, Users } from '../../../application/users/users.ts';
import { createJwt, type JwtClaims } from './jwt.ts';

/** Makes a JWT of a login. `expiresAt` in milliseconds since 1970. */
export type SignLogin = (login: Login) => Promise<{ readonly token: string; readonly expiresAt: number }>;

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
  return async ({ userId, tokensFrom }) => {
    const issuedAt = Math.floor(clock.now() / 1000);
    const expires = issuedAt + Math.ceil(lifetimeMs / 1000);
    // Without roles: they are those that the user has when the token is used.
    const claims = { iss: issuer, sub: userId, iat: issuedAt, exp: expires, tokens_from: tokensFrom };
    return { token: await jwt.sign(claims), expiresAt: expires * 1000 };
  };
}

export function isOurs({ iss }: JwtClaims): boolean {
  return iss === issuer;
}

/** Whose login it is, null when it does not count any longer. */
export async function callerOfLogin(claims: JwtClaims, users: Pick<Users, 'session'>): Promise<Caller | null> {
  const { sub, tokens_from: tokensFrom } = claims;
  return typeof sub === 'string' && typeof tokensFrom === 'number' ? users.session(sub, tokensFrom) : null;
}
