import type { AuthenticatedKey, Tokens } from '../../application/tokens/tokens.ts';
import type { Users } from '../../application/users/users.ts';
import type { Clock } from '../../ports/world.ts';

/** For so long a key that was revoked elsewhere may still be taken here. See deploy/cloudflare.md. */
const keptMs = 30_000;
const mostKeys = 1_000;

/**
 * API keys that were good are believed for a while: each look at D1 takes a request 20 to 50 ms far from where the
 * database is. What revokes keys or changes their users in this isolate is seen here at once.
 */
export function keptKeys(
  { tokens, users }: { readonly tokens: Tokens; readonly users: Users },
  clock: Clock,
): { readonly tokens: Tokens; readonly users: Users } {
  const good = new Map<string, { readonly found: AuthenticatedKey; readonly until: number }>();
  const forgetting = <Args extends unknown[], Answer>(change: (...args: Args) => Promise<Answer>) => {
    return (...args: Args): Promise<Answer> => change(...args).finally(() => good.clear());
  };
  const authenticate: Tokens['authenticate'] = async (key) => {
    const known = good.get(key);
    const now = clock.now();
    if (known !== undefined && now < known.until && known.until <= now + keptMs) return known.found;
    good.delete(key);
    const found = await tokens.authenticate(key);
    if (found === null) return null;
    if (good.size >= mostKeys) good.clear();
    good.set(key, { found, until: Math.min(now + keptMs, found.credentials.expiresAt ?? Infinity) });
    return found;
  };
  const { revoke, revokeAll } = tokens;
  const { setup, create, update, delete: remove, changePassword } = users;
  return {
    tokens: { ...tokens, authenticate, revoke: forgetting(revoke), revokeAll: forgetting(revokeAll) },
    users: {
      ...users, setup: forgetting(setup), create: forgetting(create), update: forgetting(update),
      delete: forgetting(remove), changePassword: forgetting(changePassword),
    },
  };
}
