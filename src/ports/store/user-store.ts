/** Users who log in with a password. Their names are unique whatever their case. */
export interface UserStore {
  /** False when the id is taken. `onlyFirst`: also when there is any user at all; of two at once, one is told so. */
  insert(user: StoredUser, options: { readonly onlyFirst: boolean }): Promise<boolean>;
  /** Null when there is none. Ids compare as `userKey` has them. */
  find(id: string): Promise<StoredUser | null>;
  any(): Promise<boolean>;
  /** By id, after `after`; limit 1 to 1,000. */
  list(after: string | null, limit: number): Promise<readonly StoredUser[]>;
  /**
   * Replaces what is not undefined. False when there is no such user. `keepAdmin`: also when the user is the only one
   * who is enabled and has the role admin; of two at once that would leave nobody, one is told so.
   */
  update(id: string, change: UserChange, options?: { readonly keepAdmin: boolean }): Promise<boolean>;
  /** False when there is no such user. */
  delete(id: string): Promise<boolean>;
  /**
   * Counts one attempt under each key within its window, which begins with the first attempt after the last window's
   * end. Answers the counts, this attempt included, and when each window ends.
   */
  countAttempt(keys: readonly string[], options: { readonly now: number; readonly windowMs: number }):
    Promise<readonly { readonly count: number; readonly endsAt: number }[]>;
  /** After a success. */
  forgetAttempts(keys: readonly string[]): Promise<void>;
}

export interface StoredUser {
  /** The user id that owns jobs and accounts. */
  readonly id: string;
  /** As the hasher made it, with its parameters and salt. */
  readonly passwordHash: string;
  readonly roles: readonly string[];
  /** Nobody logs in as a disabled user, and no login made before counts. */
  readonly disabled: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** JWTs issued before this time are refused. Milliseconds since 1970. */
  readonly tokensFrom: number;
}

export type UserChange = {
  readonly passwordHash?: string;
  readonly roles?: readonly string[];
  readonly disabled?: boolean;
  readonly tokensFrom?: number;
  readonly updatedAt: number;
};

/** What ids are compared by. */
export function userKey(id: string): string {
  return id.toLowerCase();
}
