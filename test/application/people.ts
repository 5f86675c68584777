import { disableSchedules } from '../../src/application/schedules/changes.ts';
import { createUsers } from '../../src/application/users/create-users.ts';
import type { Caller } from '../../src/application/caller.ts';
import type { UsersDependencies } from '../../src/application/users/dependencies.ts';
import type { Login, Users } from '../../src/application/users/users.ts';
import { WritePath } from '../../src/application/write-path/write-path.ts';
import { callerOfLogin } from '../../src/transports/access/logins.ts';
import { createPasswordHasher } from '../../src/main/password-hasher.ts';
import type { PasswordHasher } from '../../src/ports/password-hasher.ts';
import type { Store } from '../../src/ports/store/store.ts';
import { createFakeIds } from '../../src/testing/fake-ids.ts';
import { createFakeClock, type FakeClock } from '../../src/testing/fake-clock.ts';
import { createSqliteFile } from './sqlite-file.ts';

export const passphrase = 'seven green boats at noon';

/** Hashes as the real one does, only cheaper; `asked` is what was asked of it, in order. */
export function createCountingHasher(): PasswordHasher & { readonly asked: string[] } {
  const hasher = createPasswordHasher({ logN: 4 });
  const asked: string[] = [];
  return {
    asked,
    decoy: hasher.decoy,
    hash: (password) => (asked.push('hash'), hasher.hash(password)),
    verify: (password, stored) => (asked.push('verify'), hasher.verify(password, stored)),
  };
}

export interface People {
  readonly users: Users;
  readonly store: Store;
  readonly clock: FakeClock;
  readonly hasher: ReturnType<typeof createCountingHasher>;
  /** Another server over the same database. */
  another(changes?: Partial<UsersDependencies>): Users;
  /** Whose login it is now, as the transport finds it out. */
  session(login: Login, server?: Users): Promise<Caller | null>;
  /** `ok`, or the code of the refusal. */
  login(userId: string, password: string, address?: string | null): Promise<string>;
}

/** The users of a server over a SQLite file, which `remove` closes and deletes. */
export function createPeople(): People & { remove(): Promise<void> } {
  const file = createSqliteFile();
  const clock = createFakeClock();
  const hasher = createCountingHasher();
  const store = file.open();
  const writePath = new WritePath({ store, clock });
  const own = {
    clock, ids: createFakeIds(clock, 1), hasher, sessionMs: 12 * 3_600_000, passwordLogin: true,
    disableSchedules: (context, ownerId) => disableSchedules({ store, writePath }, context, ownerId),
  } satisfies Partial<UsersDependencies>;
  const users = createUsers({ ...own, store });
  return {
    users,
    store,
    clock,
    hasher,
    another: (changes) => createUsers({ ...own, store: file.open(), ...changes }),
    session: async (login, server = users) => {
      const credentials = { type: 'login', ...login, expiresAt: 0 } as const;
      const { user, isEnded } = await server.standing(login.userId, login.sessionId);
      return isEnded ? null : callerOfLogin(credentials, user);
    },
    login: async (userId, password, address = null) => {
      const result = await users.login({ userId, password, address });
      return result.ok ? 'ok' : result.refusal.code;
    },
    remove: () => file.remove(),
  };
}
