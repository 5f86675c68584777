import { randomBytes, timingSafeEqual } from 'node:crypto';
import { roles as allRoles, userIdProblem, type Caller, type Role } from '../../application/caller.ts';
import type { Authenticate } from '../../transports/access/authenticator.ts';

/** Whom a request is from. */
export interface Identity {
  readonly userId: string;
  /** "user" unless given; an admin may do everything. */
  readonly role?: Role;
}

/** @throws {TypeError} when it names nobody that there could be */
export function callerOf({ userId, role = 'user' }: Identity): Caller {
  const problem = typeof userId === 'string' ? userIdProblem(userId) : 'a user id is text';
  if (problem !== null) throw new TypeError(`${JSON.stringify(userId)} is no user id: ${problem}`);
  if (!allRoles.includes(role)) {
    throw new TypeError(`${JSON.stringify(role)} is no role: there are ${allRoles.join(', ')}`);
  }
  return { userId, roles: role === 'admin' ? allRoles : [role] };
}

/**
 * Callers by the word of the program that the server is a part of. A secret of this process goes with each, so that
 * nobody who sends the same header is taken for one.
 */
export class HostCallers {
  readonly #secret = randomBytes(32).toString('hex');

  /** As an Authorization header has it. */
  headerOf({ userId, roles }: Caller): string {
    return `Host ${this.#secret} ${JSON.stringify({ userId, roles })}`;
  }

  /** Knows these callers beside those of `known`. */
  beside(known: Authenticate): Authenticate {
    return async (header) => {
      const [scheme, secret = '', ...rest] = header.split(' ');
      if (scheme !== 'Host' || !this.#isOurs(secret)) return known(header);
      const caller = JSON.parse(rest.join(' ')) as Caller;
      return { ok: true, caller, credentials: { type: 'host' } };
    };
  }

  #isOurs(secret: string): boolean {
    const [given, own] = [Buffer.from(secret), Buffer.from(this.#secret)];
    return given.length === own.length && timingSafeEqual(given, own);
  }
}
