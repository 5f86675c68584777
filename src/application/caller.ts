import type { Role } from '../domain/account/roles.ts';
import { refuse, type Result } from '../domain/errors.ts';

export { roles, type Role } from '../domain/account/roles.ts';

/** Who asks, once the transport has made sure of it. */
export interface Caller {
  readonly userId: string;
  readonly roles: readonly Role[];
}

/** What a caller has proved itself by. */
export type Credentials =
  /** A login with a password, which may have been refreshed since. */
  | {
      readonly type: 'login';
      readonly sessionId: string;
      /** When the password was given. */
      readonly startedAt: number;
      /** The user's at the login. */
      readonly tokensFrom: number;
      readonly expiresAt: number;
    }
  /** A JWT from another issuer; the `sessionId` belongs to that token only. */
  | { readonly type: 'jwt'; readonly sessionId: string; readonly expiresAt: number }
  | {
      readonly type: 'key';
      readonly tokenId: string;
      /** Ids of the key that it was made with, and of those before. */
      readonly madeWith: readonly string[];
      readonly expiresAt: number | null;
    }
  /** A user id, in development mode. */
  | { readonly type: 'developer' }
  /** The word of the program that the server is a part of. */
  | { readonly type: 'host' };

export function isAdmin(caller: Caller): boolean {
  return caller.roles.includes('admin');
}

/** Null when the caller has the role; an admin has every role. */
export function requireRole(caller: Caller, role: Role): Extract<Result<never>, { ok: false }> | null {
  if (caller.roles.includes(role) || isAdmin(caller)) return null;
  return refuse('forbidden', `This needs the role ${role}.`, { needs: role });
}

/** Whether the caller may see what belongs to `ownerId`. What one may not see does not exist for one. */
export function maySee(caller: Caller, ownerId: string): boolean {
  return caller.userId === ownerId || isAdmin(caller);
}

/** Why a user id is refused, or null. It becomes part of object keys: no slash, no control character. */
export function userIdProblem(userId: string): string | null {
  if (userId.length < 1 || userId.length > 128) return 'a user id has 1 to 128 characters';
  if (userId === '.' || userId === '..') return 'a user id is not "." or ".."';
  return /^[A-Za-z0-9._@:|+=~-]+$/.test(userId) ? null : 'a user id has letters, digits and . _ @ : | + = ~ - only';
}
