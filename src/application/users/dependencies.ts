import type { PasswordHasher } from '../../ports/password-hasher.ts';
import type { Store } from '../../ports/store/store.ts';
import type { Clock } from '../../ports/world.ts';

/** What the use cases of users are given. */
export interface UsersDependencies {
  readonly store: Pick<Store, 'users' | 'tokens'>;
  readonly clock: Clock;
  readonly hasher: PasswordHasher;
}
