import type { AuthenticatedKey, Tokens } from '../../application/tokens/tokens.ts';
import type { Users } from '../../application/users/users.ts';
import type { Clock } from '../../ports/world.ts';

/** For so long what was ended or changed elsewhere may still be believed here. See deploy/cloudflare.md. */
const keptMs = 30_000;
const mostKept = 1_000;

type Standing = Awaited<ReturnType<Users['standing']>>;

/**
 * API keys that were good, and how users stand, are believed for a while: each look at D1 takes a request 20 to 50 ms
 * far from where the database is. What ends keys and logins or changes users in this isolate is seen here at once.
 */
export function keptCallers(
  { tokens, users }: { readonly tokens: Tokens; readonly users: Users },
  clock: Clock,
): { readonly tokens: Tokens; readonly users: Users } {
  const keys = new Kept<AuthenticatedKey>(clock);
  const standings = new Kept<Standing>(clock);
  const forgetting = <Args extends unknown[], Answer>(change: (...args: Args) => Promise<Answer>) => {
    return (...args: Args): Promise<Answer> => change(...args).finally(() => {
      keys.clear();
      standings.clear();
    });
  };
  const authenticate: Tokens['authenticate'] = async (key) => {
    const known = keys.get(key);
    if (known !== null) return known;
    const found = await tokens.authenticate(key);
    if (found !== null) keys.set(key, found, found.credentials.expiresAt ?? Infinity);
    return found;
  };
  const standing: Users['standing'] = async (userId, sessionId) => {
    const name = `${sessionId} ${userId}`;
    const known = standings.get(name);
    if (known !== null) return known;
    const found = await users.standing(userId, sessionId);
    standings.set(name, found);
    return found;
  };
  const { revoke, revokeAll } = tokens;
  const { setup, create, update, delete: remove, changePassword, logout, logoutEverywhere, refresh } = users;
  return {
    tokens: { ...tokens, authenticate, revoke: forgetting(revoke), revokeAll: forgetting(revokeAll) },
    users: {
      ...users, standing, setup: forgetting(setup), create: forgetting(create), update: forgetting(update),
      delete: forgetting(remove), changePassword: forgetting(changePassword), logout: forgetting(logout),
      logoutEverywhere: forgetting(logoutEverywhere), refresh: forgetting(refresh),
    },
  };
}

class Kept<T> {
  readonly #clock: Clock;
  readonly #kept = new Map<string, { readonly what: T; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Null when it is not kept, or the clock was set. */
  get(name: string): T | null {
    const known = this.#kept.get(name);
    const now = this.#clock.now();
    if (known !== undefined && now < known.until && known.until <= now + keptMs) return known.what;
    this.#kept.delete(name);
    return null;
  }

  set(name: string, what: T, endsAt = Infinity): void {
    if (this.#kept.size >= mostKept) this.#kept.clear();
    this.#kept.set(name, { what, until: Math.min(this.#clock.now() + keptMs, endsAt) });
  }

  clear(): void {
    this.#kept.clear();
  }
}
