import { ok, refuse, type Result } from '../../domain/errors.ts';
import type { Store } from '../../ports/store/store.ts';
import type { StoredToken } from '../../ports/store/token-store.ts';
import type { RequestContext, Tokens, TokenView } from '../application.ts';
import { isAdmin, roles as allRoles, userIdProblem, type Role } from '../caller.ts';
import type { Dependencies } from '../dependencies.ts';
import { hex, sha256Hex } from '../fingerprint.ts';

type Deps = Pick<Dependencies, 'clock' | 'ids'> & { readonly store: Pick<Store, 'tokens'> };

/** What every API key begins with, so that one is recognised wherever it leaks. */
export const apiKeyPrefix = 'wb_';
const dayMs = 86_400_000;
const listLimit = 200;

/** API keys: shown once, stored as their hash, which is enough for 256 random bits. */
export function createTokens(deps: Deps): Tokens {
  const { store, clock } = deps;
  return {
    create: (context, input) => createToken(deps, context, input),
    list: async ({ caller }) => {
      const tokens = await store.tokens.list(isAdmin(caller) ? null : caller.userId, listLimit);
      return ok(tokens.map(toView));
    },
    revoke: async ({ caller }, tokenId) => {
      const revoked = await store.tokens.revoke(tokenId, isAdmin(caller) ? null : caller.userId, clock.now());
      return revoked ? ok(null) : refuse('not_found', `There is no live token ${tokenId}.`);
    },
    authenticate: async (key) => {
      if (!key.startsWith(apiKeyPrefix)) return null;
      const token = await store.tokens.findByHash(await sha256Hex(key), clock.now());
      return token && { userId: token.userId, roles: token.roles as Role[] };
    },
  };
}

async function createToken(
  { store, clock, ids }: Deps,
  { caller }: RequestContext,
  input: Parameters<Tokens['create']>[1],
): Promise<Result<TokenView & { readonly key: string }>> {
  const userId = input.userId ?? caller.userId;
  const roles = input.roles ?? (userId === caller.userId ? caller.roles : (['user'] as const));
  const problem = userIdProblem(userId);
  if (problem !== null) return refuse('invalid_request', `${problem}.`, { fields: { userId: problem } });
  if (!isAdmin(caller) && (userId !== caller.userId || roles.some((role) => !caller.roles.includes(role)))) {
    return refuse('forbidden', 'A token for another user, or with a role that you lack, needs the role admin.');
  }
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  const key = apiKeyPrefix + hex(bytes);
  const now = clock.now();
  const token: StoredToken = {
    id: ids.uuid(),
    hash: await sha256Hex(key),
    userId,
    roles: allRoles.filter((role) => roles.includes(role)),
    name: input.name,
    createdAt: now,
    expiresAt: input.expiresInDays === null ? null : now + input.expiresInDays * dayMs,
    revokedAt: null,
  };
  await store.tokens.insert(token);
  return ok({ ...toView(token), key });
}

function toView({ id, userId, roles, name, createdAt, expiresAt, revokedAt }: StoredToken): TokenView {
  return { id, userId, roles: roles as Role[], name, createdAt, expiresAt, revokedAt };
}
