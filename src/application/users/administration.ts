import { ok, refuse, type Result } from '../../domain/errors.ts';
import type { StoredUser, UserChange } from '../../ports/store/user-store.ts';
import { requireRole, userIdProblem, type Role } from '../caller.ts';
import type { RequestContext } from '../request.ts';
import type { UsersDependencies } from './dependencies.ts';
import { canonicalPassword, passwordProblem, unlessBusy } from './passwords.ts';
import { rolesOf } from './standing.ts';
import type { NewUser, Users } from './users.ts';
import { badField, nextTokensFrom, viewOf } from './views.ts';

export function createUserAdministration(
  deps: UsersDependencies,
): Pick<Users, 'list' | 'create' | 'update' | 'delete'> {
  const { users } = deps.store;
  return {
    list: async ({ caller }, { after, limit }) =>
      requireRole(caller, 'admin') ?? ok((await users.list(after, limit)).map(viewOf)),
    create: async ({ caller }, input) => {
      const made = requireRole(caller, 'admin') ?? (await newUser(deps, input));
      if (!made.ok) return made;
      const { id } = made.value;
      if (await users.insert(made.value, { firstAdmin: false })) {
        // These may have been created for someone with that id whose tokens came from another issuer.
        await deps.store.tokens.revokeAll(id, deps.clock.now());
        return ok(viewOf(made.value));
      }
      if ((await users.find(id)) === null) return addressTaken();
      return refuse('conflict', `User ${id} already exists; ids are case-insensitive.`);
    },
    update: async ({ caller }, userId, change) =>
      requireRole(caller, 'admin') ?? unlessBusy(() => updateUser(deps, userId, change)),
    delete: async (context, userId) => requireRole(context.caller, 'admin') ?? deleteUser(deps, context, userId),
  };
}

type Named = NewUser & { readonly roles: readonly Role[] };

/** Not stored yet. */
export async function newUser(
  { clock, hasher }: UsersDependencies,
  { userId, email, name, password, roles }: Named,
): Promise<Result<StoredUser>> {
  const id = userId ?? email?.toLowerCase();
  if (id === undefined) return badField('userId', 'is required unless email is given');
  const idProblem = userIdProblem(id);
  if (idProblem !== null) {
    const unfit = 'is required, because the email address has characters that an id cannot have';
    return badField('userId', userId === undefined ? unfit : idProblem);
  }
  const problem = passwordProblem(password, { id, email: email ?? null });
  if (problem !== null) return badField('password', problem);
  return unlessBusy(async () => {
    const passwordHash = await hasher.hash(canonicalPassword(password));
    const now = clock.now();
    const times = { createdAt: now, updatedAt: now, tokensFrom: now };
    const shown = { email: email ?? null, name: name ?? null };
    return ok({ id, ...shown, passwordHash, roles: rolesOf(roles), disabled: false, ...times });
  });
}

async function updateUser(
  { store: { users, tokens }, clock, hasher }: UsersDependencies,
  userId: string,
  { email, name, roles, disabled, password }: Parameters<Users['update']>[2],
): ReturnType<Users['update']> {
  const user = await users.find(userId);
  if (user === null) return unknownUser(userId);
  const problem = password === undefined ? null : passwordProblem(password, user);
  if (problem !== null) return badField('password', problem);
  const passwordHash = password === undefined ? undefined : await hasher.hash(canonicalPassword(password));
  const now = clock.now();
  const change: UserChange = {
    ...(email !== undefined && { email }),
    ...(name !== undefined && { name }),
    ...(passwordHash !== undefined && { passwordHash }),
    ...(roles !== undefined && { roles: rolesOf(roles) }),
    ...(disabled !== undefined && { disabled }),
    ...((passwordHash !== undefined || disabled === true) && { tokensFrom: nextTokensFrom(user, now) }),
    updatedAt: now,
  };
  const keepAdmin = disabled === true || (roles !== undefined && !roles.includes('admin'));
  const updated = await users.update(userId, change, { keepAdmin });
  // Afterwards: whoever made one with a login that has just ended finds that out, see `createTokens`.
  if (updated && passwordHash !== undefined) await tokens.revokeAll(user.id, now);
  const after = await users.find(userId);
  if (after === null) return unknownUser(userId);
  if (updated) return ok(viewOf(after));
  const owner = email == null ? null : await users.findByEmail(email);
  // The user who took the address a moment ago may have given it up again.
  const isTaken = !keepAdmin || (owner !== null && owner.id !== after.id);
  return isTaken ? addressTaken() : onlyAdmin(user.id);
}

/** In steps that each leave less, so that a deletion that fails half-way can be repeated. */
async function deleteUser(
  { store: { users, tokens }, clock, disableSchedules }: UsersDependencies,
  context: RequestContext,
  userId: string,
): ReturnType<Users['delete']> {
  const user = await users.find(userId);
  if (user === null) return unknownUser(userId);
  const now = clock.now();
  const end = { disabled: true, tokensFrom: nextTokensFrom(user, now), updatedAt: now };
  const ended = await users.update(userId, end, { keepAdmin: true });
  if (!ended) return (await users.find(userId)) === null ? unknownUser(userId) : onlyAdmin(user.id);
  await tokens.revokeAll(user.id, now);
  // What is remembered is that the user was deleted, when it was.
  const { audit: _, ...unaudited } = context;
  const disabled = await disableSchedules(unaudited, user.id);
  if (!disabled.ok) return disabled;
  return (await users.delete(userId)) ? ok({ schedulesSwitchedOff: disabled.value }) : unknownUser(userId);
}

function unknownUser(userId: string): Result<never> {
  return refuse('not_found', `There is no user ${userId}.`);
}

function addressTaken(): Result<never> {
  return refuse('conflict', 'Another user has this email address.');
}

function onlyAdmin(userId: string): Result<never> {
  return refuse('conflict', `${userId} is the only administrator who can log in: create another one first.`);
}
