import type { Answer } from '../client/index.ts';
import { pages } from '../../transports/cli/pages.ts';
import { UsageProblem } from '../../transports/cli/usage-problem.ts';
import { differences, toBeGone, unnamed, type Access, type Change } from './changes.ts';
import type { UserEntry } from './file.ts';

type User = Answer<'listUsers'>['users'][number];
type Plan = Answer<'listAccounts'>['accounts'][number]['plan'];

export async function userChanges(
  access: Access,
  wanted: Readonly<Record<string, UserEntry | null>>,
): Promise<readonly Change[]> {
  const users = new Map((await readUsers(access)).map((user) => [user.userId, user]));
  const plans = Object.values(wanted).some((entry) => entry?.plan !== undefined) ? await readPlans(access) : null;
  const all = { ...wanted, ...toBeGone(await othersOf(access, unnamed(access, wanted, [...users.keys()]))) };
  return Object.entries(all).flatMap(([userId, entry]): Change[] => {
    const user = users.get(userId);
    if (entry !== null) return changeOf(access, userId, entry, user, plans?.get(userId));
    if (user === undefined) return [];
    const { client, signal } = access;
    return [{
      action: 'delete', section: 'users', name: userId, fields: [],
      apply: () => client.deleteUser({ params: { id: userId } }, { signal }),
    }];
  });
}

/** All but whoever applies the file: nobody is locked out by an omission. */
async function othersOf({ client, signal }: Access, ids: readonly string[]): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const { userId } = await client.me({}, { signal });
  return ids.filter((id) => id !== userId);
}

function changeOf(
  { client, signal, env }: Access,
  id: string,
  { plan, passwordEnv, ...given }: UserEntry,
  user: User | undefined,
  have: Plan | undefined,
): Change[] {
  const settings = user === undefined ? { roles: ['user' as const], ...given } : given;
  const own = differences(user ?? {}, settings);
  const moves = plan !== undefined && plan !== have;
  if (own.length === 0 && !moves) return [];
  const password = user === undefined ? passwordOf(id, passwordEnv, env) : null;
  const params = { id };
  return [{
    action: user === undefined ? 'create' : 'update', section: 'users', name: id,
    fields: [...own, ...(moves ? [{ path: 'plan', from: have, to: plan }] : [])],
    async apply() {
      const { email, name, roles, disabled } = settings;
      if (password !== null) {
        const named = { ...(email && { email }), ...(name && { name }), ...(roles && { roles: [...roles] }) };
        await client.createUser({ body: { userId: id, password, ...named } }, { signal });
        if (disabled) await client.updateUser({ params, body: { disabled } }, { signal });
      } else if (own.length > 0) await client.updateUser({ params, body: given }, { signal });
      if (moves) await client.grantCredits({ params, body: { credits: 0, plan } }, { signal });
    },
  }];
}

function passwordOf(id: string, variable: string | undefined, env: Access['env']): string {
  const password = variable === undefined ? undefined : env[variable];
  if (password !== undefined && password !== '') return password;
  throw new UsageProblem(
    variable === undefined
      ? `the user ${id} is not there yet: name a variable with the password as passwordEnv`
      : `the user ${id} is not there yet: set ${variable} to the password`,
  );
}

/** Passwords stay where they are: each user has a variable that creates it with one. */
export async function exportUsers(access: Access): Promise<Readonly<Record<string, UserEntry>>> {
  const [users, plans] = [await readUsers(access), await readPlans(access)];
  return Object.fromEntries(users.map(({ userId, email, name, roles, disabled }) => {
    const plan = plans.get(userId);
    const passwordEnv = `PASSWORD_${userId.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
    return [userId, {
      ...(email !== null && { email }), ...(name !== null && { name }), roles: [...roles],
      ...(disabled && { disabled }), ...(plan !== undefined && { plan }), passwordEnv,
    }];
  }));
}

async function readUsers({ client, signal }: Access): Promise<readonly User[]> {
  const { entries } = await pages('', true, async (after) => {
    const page = await client.listUsers({ query: { limit: 200, ...(after && { after }) } }, { signal });
    return { entries: page.users, next: page.nextAfter };
  });
  return entries;
}

async function readPlans({ client, signal }: Access): Promise<ReadonlyMap<string, Plan>> {
  const { entries } = await pages('', true, async (after) => {
    const page = await client.listAccounts({ query: { limit: 200, ...(after && { after }) } }, { signal });
    return { entries: page.accounts, next: page.nextAfter };
  });
  return new Map(entries.map(({ userId, plan }) => [userId, plan]));
}
