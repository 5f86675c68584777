import { ok, refuse, type Result } from '../../domain/errors.ts';
import type { StoredUser, UserChange } from '../../ports/store/user-store.ts';
import { requireRole, userIdProblem, type Role } from '../caller.ts';
import type { UsersDependencies } from './dependencies.ts';
import { canonicalPassword, passwordProblem, unlessBusy } from './passwords.ts';
import { rolesOf, type Sessions } from './sessions.ts';
import type { Users } from './users.ts';
import { badField, nextTokensFrom, viewOf } from './views.ts';

export function createUserAdministration(
  deps: UsersDependencies,
  sessions: Sessions,
): Pick<Users, 'list' | 'create' | 'update' | 'delete'> {
  const { users } = deps.store;
  return {
    list: async ({ caller }, { after, limit }) =>
      requireRole(caller, 'admin') ?? ok((await users.list(after, limit)).map(viewOf)),
    create: async ({ caller }, input) => {
      const made = requireRole(caller, 'admin') ?? (await newUser(deps, input));
      if (!made.ok) return made;
      const inserted = await users.insert(made.value, { onlyFirst: false });
      // Another server's word, or ours of a moment ago, that there is no such user.
      sessions.changed(input.userId);
      return inserted
        ? ok(viewOf(made.value))
        : refuse('conflict', `There is a user ${input.userId} already; ids are the same whatever their case.`);
    },
    update: async ({ caller }, userId, change) =>
      requireRole(caller, 'admin') ?? unlessBusy(() => updateUser(deps, sessions, userId, change)),
    delete: async ({ caller }, userId) => requireRole(caller, 'admin') ?? deleteUser(deps, sessions, userId),
  };
}

/** Not stored yet. */
export async function newUser(
  { clock, hasher }: UsersDependencies,
  { userId, password, roles }: { readonly userId: string; readonly password: string; readonly roles: readonly Role[] },
): Promise<Result<StoredUser>> {
  const idProblem = userIdProblem(userId);
  if (idProblem !== null) return badField('userId', idProblem);
  const problem = passwordProblem(password, userId);
  if (problem !== null) return badField('password', problem);
  return unlessBusy(async () => {
    const passwordHash = await hasher.hash(canonicalPassword(password));
    const now = clock.now();
    const times = { createdAt: now, updatedAt: now, tokensFrom: now };
    return ok({ id: userId, passwordHash, roles: rolesOf(roles), disabled: false, ...times });
  });
}

async function updateUser(
  { store: { users }, clock, hasher }: UsersDependencies,
  sessions: Sessions,
  userId: string,
  { roles, disabled, password }: Parameters<Users['update']>[2],
): ReturnType<Users['update']> {
  const problem = password === undefined ? null : passwordProblem(password, userId);
  if (problem !== null) return badField('password', problem);
  const user = await users.find(userId);
  if (user?.id !== userId) return unknownUser(userId);
  const passwordHash = password === undefined ? undefined : await hasher.hash(canonicalPassword(password));
  const now = clock.now();
  const change: UserChange = {
    ...(passwordHash !== undefined && { passwordHash }),
    ...(roles !== undefined && { roles: rolesOf(roles) }),
    ...(disabled !== undefined && { disabled }),
    ...((passwordHash !== undefined || disabled === true) && { tokensFrom: nextTokensFrom(user, now) }),
    updatedAt: now,
  };
  const keepAdmin = disabled === true || (roles !== undefined && !roles.includes('admin'));
  const updated = await users.update(userId, change, { keepAdmin });
  sessions.changed(userId);
  const after = await users.find(userId);
  if (after?.id !== userId) return unknownUser(userId);
  return updated ? ok(viewOf(after)) : onlyAdmin(userId);
}

/** In steps of which each leaves less, so that one that fails half-way can be asked for again. */
async function deleteUser(
  { store: { users, tokens }, clock }: UsersDependencies,
  sessions: Sessions,
  userId: string,
): Promise<Result<null>> {
  const user = await users.find(userId);
  if (user?.id !== userId) return unknownUser(userId);
  const now = clock.now();
  const end = { disabled: true, tokensFrom: nextTokensFrom(user, now), updatedAt: now };
  const ended = await users.update(userId, end, { keepAdmin: true });
  sessions.changed(userId);
  if (!ended) return (await users.find(userId)) === null ? unknownUser(userId) : onlyAdmin(userId);
  await tokens.revokeAll(userId, now);
  const deleted = await users.delete(userId);
  sessions.changed(userId);
  return deleted ? ok(null) : unknownUser(userId);
}

function unknownUser(userId: string): Result<never> {
  return refuse('not_found', `There is no user ${userId}.`);
}

function onlyAdmin(userId: string): Result<never> {
  return refuse('conflict', `${userId} is the only administrator that can log in: make another one first.`);
}
