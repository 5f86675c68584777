import { ok, refuse, type Result } from '../../domain/errors.ts';
import { roles } from '../caller.ts';
import { createUserAdministration, newUser } from './administration.ts';
import type { UsersDependencies } from './dependencies.ts';
import { createLogin, createPasswordChange } from './login.ts';
import { createSessions } from './sessions.ts';
import type { Users, UserView } from './users.ts';
import { viewOf } from './views.ts';

export function createUsers(deps: UsersDependencies): Users {
  const { store, clock } = deps;
  const sessions = createSessions(store.users, clock);
  return {
    needsSetup: async () => !(await store.users.any()),
    setup: async (input) => {
      const made = await setup(deps, input);
      sessions.changed(input.userId);
      return made;
    },
    login: createLogin(deps),
    session: sessions.session,
    standing: sessions.standing,
    me: async ({ caller: { userId, roles } }) =>
      ok({ userId, roles, hasPassword: (await store.users.find(userId))?.id === userId }),
    changePassword: createPasswordChange(deps, sessions),
    ...createUserAdministration(deps, sessions),
  };
}

async function setup(deps: UsersDependencies, input: Parameters<Users['setup']>[0]): Promise<Result<UserView>> {
  const { users } = deps.store;
  const taken = refuse('conflict', 'This server is set up already: an administrator makes further users.');
  // Before the work, as this is asked without credentials.
  if (await users.any()) return taken;
  const made = await newUser(deps, { ...input, roles });
  if (!made.ok) return made;
  return (await users.insert(made.value, { onlyFirst: true })) ? ok(viewOf(made.value)) : taken;
}
