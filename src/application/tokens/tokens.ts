import { ok, refuse, type Result } from '../../domain/errors.ts';
import type { Store } from '../../ports/store/store.ts';
import { usedEveryMs, type FoundToken, type StoredToken } from '../../ports/store/token-store.ts';
import type { RequestContext } from '../request.ts';
import { isAdmin, roles as allRoles, userIdProblem, type Role, type Caller, type Credentials } from '../caller.ts';
import type { Dependencies } from '../dependencies.ts';
import { hex, sha256Hex } from '../fingerprint.ts';
import { unlessNotWritable } from '../unavailable.ts';
import { storedId } from '../users/stored-id.ts';

export interface TokenView {
  readonly id: string;
  readonly userId: string;
  readonly roles: readonly Role[];
  readonly name: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  /** To the minute; null: it was never used. */
  readonly lastUsedAt: number | null;
}

export interface Tokens {
  /**
   * Admin for any user and role; a user for itself with its own roles at most. One that is made with an API key ends
   * when that does. `key` is shown this once. A conflict when the user has as many live ones as may be.
   */
  create(
    context: RequestContext,
    input: {
      readonly name: string;
      readonly userId?: string;
      readonly roles?: readonly Role[];
      /** 1 to 3,650; null: never. */
      readonly expiresInDays: number | null;
    },
  ): Promise<Result<TokenView & { readonly key: string }>>;
  /** The live ones first, newest first. An admin's list holds every user's, or `userId`'s. */
  list(context: RequestContext, filter: ListTokens): Promise<Result<TokenPage>>;
  /** With all that were made with it. */
  revoke(context: RequestContext, tokenId: string): Promise<Result<null>>;
  /** The caller's own, or as admin another user's. */
  revokeAll(context: RequestContext, userId: string | undefined): Promise<Result<{ readonly revoked: number }>>;
  /** Null when the key is unknown, revoked or expired, or when its user is disabled. */
  authenticate(key: string): Promise<AuthenticatedKey | null>;
}

export interface ListTokens {
  readonly userId?: string;
  readonly limit: number;
  /** The `nextCursor` of the page before. */
  readonly cursor?: string;
}

export interface TokenPage {
  readonly tokens: readonly TokenView[];
  readonly nextCursor: string | null;
}

export interface AuthenticatedKey {
  readonly caller: Caller;
  readonly credentials: Credentials & { readonly type: 'key' };
}

/** `users` is omitted where none are stored. */
type Stores = Pick<Store, 'tokens'> & Partial<Pick<Store, 'users'>>;
type Deps = Pick<Dependencies, 'clock' | 'ids'> & { readonly store: Stores };

/** What every API key begins with, so that one is recognised wherever it leaks. */
export const apiKeyPrefix = 'wb_';
const dayMs = 86_400_000;
/** Live keys of one user, at most, and how many that are not live any longer are kept to be shown. */
export const maxLive = 100;
const keepDead = 200;
/** Keys that are made with keys that are made with keys, and so on. */
const maxGenerations = 8;

/** API keys: shown once, stored as their hash, which is enough for 256 random bits. */
export function createTokens(deps: Deps): Tokens {
  const { store: { tokens }, clock } = deps;
  return {
    create: (context, input) => createToken(deps, context, input),
    list: async ({ caller }, filter) => {
      const owner = await ownerOf(deps, caller, filter.userId, null);
      return owner.ok ? ok(await listPage(deps, owner.value, filter)) : owner;
    },
    revoke: async ({ caller, audit }, tokenId) => {
      const isOwn = await tokens.revoke(tokenId, caller.userId, clock.now());
      const isOfOther = !isOwn && isAdmin(caller) && (await tokens.revoke(tokenId, null, clock.now()));
      if (isOfOther) audit?.of(null);
      return isOwn || isOfOther ? ok(null) : refuse('not_found', `There is no live token ${tokenId}.`);
    },
    revokeAll: async ({ caller, audit }, userId) => {
      const owner = await ownerOf(deps, caller, userId, caller.userId);
      if (owner.ok) audit?.of(owner.value);
      return owner.ok ? ok({ revoked: await tokens.revokeAll(owner.value, clock.now()) }) : owner;
    },
    authenticate: async (key) => {
      if (!key.startsWith(apiKeyPrefix)) return null;
      const found = await tokens.findByHash(await sha256Hex(key), clock.now());
      const roles = found && rolesOf(found);
      if (found === null || roles === null) return null;
      await noteUse(deps, found.token);
      const { id: tokenId, userId, madeWith, expiresAt } = found.token;
      return { caller: { userId, roles }, credentials: { type: 'key', tokenId, madeWith, expiresAt } };
    },
  };
}

/** At most once a minute for each key; a store that takes no writes keeps nobody from being known. */
async function noteUse({ store: { tokens }, clock }: Deps, { id, lastUsedAt }: StoredToken): Promise<void> {
  const now = clock.now();
  if (lastUsedAt === null || now - lastUsedAt >= usedEveryMs) await unlessNotWritable(tokens.used(id, now));
}

/** Whose tokens are meant; `everybody` if an administrator names no user. */
async function ownerOf<Everybody extends string | null>(
  { store: { users } }: Deps,
  caller: RequestContext['caller'],
  userId: string | undefined,
  everybody: Everybody,
): Promise<Result<string | Everybody>> {
  if (userId === undefined) return ok(isAdmin(caller) ? everybody : caller.userId);
  const owner = await storedId(users, userId);
  if (isAdmin(caller) || owner === caller.userId) return ok(owner);
  return refuse('forbidden', "Managing another user's tokens needs the role admin.");
}

/**
 * What a key may do now: never more than its user, whatever that could do when the key was made. Null when it is not
 * good. A user that comes with JWTs alone has the roles of the key: nothing is known of it here.
 */
function rolesOf({ token, owner }: FoundToken): readonly Role[] | null {
  const ofKey = allRoles.filter((role) => token.roles.includes(role));
  if (owner === null) return ofKey;
  // User ids are case-insensitive: this key was another person's, from before that user was stored.
  if (owner.disabled || owner.id !== token.userId) return null;
  return owner.roles.includes('admin') ? ofKey : ofKey.filter((role) => owner.roles.includes(role));
}

async function listPage(
  { store: { tokens }, clock }: Deps,
  userId: string | null,
  { cursor, limit }: ListTokens,
): Promise<TokenPage> {
  const now = clock.now();
  const from = cursor === undefined ? { live: true, before: null } : positionOf(cursor);
  const filter = { userId, now, limit: limit + 1 };
  const page = from.live ? [...(await tokens.list({ ...filter, live: true, before: from.before }))] : [];
  const liveCount = page.length;
  if (page.length <= limit) {
    const before = from.live ? null : from.before;
    page.push(...(await tokens.list({ ...filter, live: false, before, limit: limit + 1 - page.length })));
  }
  const shown = page.slice(0, limit);
  const last = shown.at(-1);
  const isMore = page.length > limit && last !== undefined;
  const section = shown.length <= liveCount ? 'live' : 'dead';
  return {
    tokens: shown.map(toView), nextCursor: isMore ? `${section}.${last.createdAt}.${last.id}` : null,
  };
}

function positionOf(cursor: string): { live: boolean; before: Pick<StoredToken, 'createdAt' | 'id'> } {
  const [section, createdAt, id = ''] = cursor.split('.');
  return { live: section === 'live', before: { createdAt: Number(createdAt), id } };
}

async function createToken(
  deps: Deps,
  context: RequestContext,
  input: Parameters<Tokens['create']>[1],
): Promise<Result<TokenView & { readonly key: string }>> {
  const { store: { tokens }, clock, ids } = deps;
  const { caller, credentials } = context;
  const owner = await ownerOfNew(deps, caller, input);
  if (!owner.ok) return owner;
  context.audit?.of(owner.value.userId);
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  const key = apiKeyPrefix + hex(bytes);
  const now = clock.now();
  const parent = credentials?.type === 'key' ? credentials : null;
  const wanted = input.expiresInDays === null ? Infinity : now + input.expiresInDays * dayMs;
  const expiresAt = Math.min(wanted, parent?.expiresAt ?? Infinity);
  const madeWith = parent === null ? [] : [...parent.madeWith, parent.tokenId];
  if (madeWith.length >= maxGenerations) {
    return refuse(
      'conflict',
      `API keys can create API keys at most ${maxGenerations - 1} times in a row: log in instead.`,
    );
  }
  const token: StoredToken = {
    id: ids.uuid(),
    hash: await sha256Hex(key),
    userId: owner.value.userId,
    roles: allRoles.filter((role) => owner.value.roles.includes(role)),
    name: input.name,
    madeWith,
    createdAt: now,
    expiresAt: expiresAt === Infinity ? null : expiresAt,
    revokedAt: null,
    lastUsedAt: null,
  };
  if (!(await tokens.insert(token, { now, maxLive, keepDead }))) {
    return refuse('conflict', `${token.userId} has ${maxLive} live API keys, which is the limit: revoke some first.`);
  }
  if (await isStillGood(deps, context)) return ok({ ...toView(token), key });
  await tokens.revoke(token.id, null, now);
  return refuse('unauthenticated', 'These credentials were revoked while the API key was being created.');
}

async function ownerOfNew(
  { store: { users } }: Deps,
  caller: RequestContext['caller'],
  input: Pick<Parameters<Tokens['create']>[1], 'userId' | 'roles'>,
): Promise<Result<{ readonly userId: string; readonly roles: readonly Role[] }>> {
  const named = input.userId ?? caller.userId;
  const problem = userIdProblem(named);
  if (problem !== null) return refuse('invalid_request', `${problem}.`, { fields: { userId: problem } });
  const userId = await storedId(users, named);
  const roles = input.roles ?? (userId === caller.userId ? caller.roles : (['user'] as const));
  if (!isAdmin(caller) && (userId !== caller.userId || roles.some((role) => !caller.roles.includes(role)))) {
    return refuse('forbidden', 'A token for another user, or with a role that you do not have, needs the role admin.');
  }
  return ok({ userId, roles });
}

/**
 * Whether the caller's credentials are still valid. Revoking them also revoked the keys that existed then, but not the
 * one that was about to be stored.
 */
async function isStillGood(
  { store: { tokens, users }, clock }: Deps,
  { caller, credentials }: RequestContext,
): Promise<boolean> {
  if (credentials?.type === 'key') return tokens.isLive(credentials.tokenId, clock.now());
  if (users === undefined || credentials === undefined) return true;
  if (credentials.type === 'developer' || credentials.type === 'host') return true;
  const { user, isEnded } = await users.standing(caller.userId, credentials.sessionId);
  if (isEnded || user?.disabled) return false;
  return credentials.type === 'jwt' || user?.tokensFrom === credentials.tokensFrom;
}

function toView({ id, userId, roles, name, createdAt, expiresAt, revokedAt, lastUsedAt }: StoredToken): TokenView {
  return { id, userId, roles: roles as Role[], name, createdAt, expiresAt, revokedAt, lastUsedAt };
}
