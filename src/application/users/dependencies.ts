import type { PasswordHasher } from '../../ports/password-hasher.ts';
import type { Store } from '../../ports/store/store.ts';
import type { Clock, Ids } from '../../ports/world.ts';

/** What the use cases of users are given. */
export interface UsersDependencies {
  readonly store: Pick<Store, 'users' | 'tokens' | 'attempts' | 'schedules'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly hasher: PasswordHasher;
  /** How long a token of a login is good. Milliseconds. */
  readonly sessionMs: number;
  /** False where all users come with JWTs from elsewhere: then nobody is set up, and nobody logs in. */
  readonly passwordLogin: boolean;
}
