import { ok, refuse, type Result } from '../../domain/errors.ts';
import { roles } from '../caller.ts';
import { createUserAdministration, newUser } from './administration.ts';
import type { UsersDependencies } from './dependencies.ts';
import { createLogin, createPasswordChange } from './login.ts';
import { createSessions } from './sessions.ts';
import type { Login, NewUser, Users } from './users.ts';
import { loginOf, personOf } from './views.ts';

export function createUsers(deps: UsersDependencies): Users {
  const { store: { users }, passwordLogin, canQueue = true } = deps;
  // Once there is an administrator, there is always one.
  let hasAdmin = false;
  const needsSetup = async (): Promise<boolean> => {
    hasAdmin ||= !passwordLogin || (await users.anyAdmin());
    return !hasAdmin;
  };
  const inTurn = canQueue ? createTurns() : <T>(work: () => Promise<T>) => work();
  return {
    needsSetup,
    // One after another, so that only one password is hashed at a time: this request needs no credentials.
    setup: (input) => inTurn(async () => ((await needsSetup()) ? setup(deps, input) : taken)),
    login: createLogin(deps),
    ...createSessions(deps),
    me: async ({ caller: { userId, roles } }) => {
      const user = await users.find(userId);
      if (user === null) return ok({ userId, email: null, name: null, roles, hasPassword: false });
      return ok({ ...personOf(user), roles, hasPassword: true });
    },
    changePassword: createPasswordChange(deps),
    ...createUserAdministration(deps),
  };
}

const taken = refuse('conflict', 'This server is already set up: an administrator can create more users.');

async function setup(deps: UsersDependencies, input: NewUser): Promise<Result<Login>> {
  const made = await newUser(deps, { ...input, roles });
  if (!made.ok) return made;
  const { users, tokens } = deps.store;
  if (await users.insert(made.value, { firstAdmin: true })) {
    await tokens.revokeAll(made.value.id, deps.clock.now());
    return ok(loginOf(made.value, { sessionId: deps.ids.uuid(), startedAt: deps.clock.now() }));
  }
  if (await users.anyAdmin()) return taken;
  return refuse('conflict', `There is a user ${made.value.id}, or one with this address, who is no administrator.`);
}

function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };
}
