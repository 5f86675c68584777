import type { Clock } from '../../ports/world.ts';
import type { StoredUser, UserStore } from '../../ports/store/user-store.ts';
import { roles as allRoles, type Caller, type Role } from '../caller.ts';

/** How a user stands now, whatever a token says that was made earlier. */
export interface Standing extends Caller {
  readonly disabled: boolean;
  /** Logins made before do not count. Milliseconds since 1970. */
  readonly tokensFrom: number;
}

export interface Sessions {
  /** At most 3 s old; null: no user of ours, by this very id. */
  standing(userId: string): Promise<Standing | null>;
  /**
   * The user of a login, with its roles of now; null when it does not count any longer. `tokensFrom` is the user's at
   * the login: compared with that, and not with the time of the login, no clock can be wrong, and a login with the old
   * password that was under way when the password was changed does not count.
   */
  session(userId: string, tokensFrom: number): Promise<Caller | null>;
  /** To be called when a user has changed. Other servers see it 3 s later at most. */
  changed(userId: string): void;
}

const cachedMs = 3_000;
const maxCached = 1_000;

/** Asked with every request that brings a JWT, so that the store is not. */
export function createSessions(store: UserStore, clock: Clock): Sessions {
  const cache = new Map<string, { readonly at: number; readonly standing: Standing | null }>();
  let changes = 0;

  const look = async (userId: string): Promise<Standing | null> => {
    const before = changes;
    const at = clock.now();
    const user = await store.find(userId);
    const standing = user?.id === userId ? standingOf(user) : null;
    // What was read while something changed may be the old state.
    if (changes === before) {
      cache.delete(userId);
      if (cache.size >= maxCached) cache.delete(cache.keys().next().value!);
      cache.set(userId, { at, standing });
    }
    return standing;
  };
  const known = (userId: string): { readonly standing: Standing | null } | null => {
    const entry = cache.get(userId);
    return entry !== undefined && clock.now() - entry.at < cachedMs ? entry : null;
  };
  const counts = (standing: Standing | null, tokensFrom: number): boolean =>
    standing !== null && !standing.disabled && standing.tokensFrom === tokensFrom;

  return {
    standing: async (userId) => {
      const entry = known(userId);
      return entry === null ? look(userId) : entry.standing;
    },
    session: async (userId, tokensFrom) => {
      let standing = known(userId)?.standing ?? null;
      // A refusal is never taken from the cache: the login may be newer than what another server remembers.
      if (!counts(standing, tokensFrom)) standing = await look(userId);
      return standing !== null && counts(standing, tokensFrom) ? { userId, roles: standing.roles } : null;
    },
    changed: (userId) => {
      changes += 1;
      cache.delete(userId);
    },
  };
}

function standingOf({ id, roles, disabled, tokensFrom }: StoredUser): Standing {
  return { userId: id, roles: rolesOf(roles), disabled, tokensFrom };
}

/** Those that we know, in their order. */
export function rolesOf(names: readonly string[]): readonly Role[] {
  return allRoles.filter((role) => names.includes(role));
}
