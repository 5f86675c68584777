/** Users who log in with a password. Their ids are unique whatever their case, and so are their email addresses. */
export interface UserStore {
  /**
   * False when the id or the email address is taken. `firstAdmin`: also when there is an administrator already,
   * disabled or not; of two at once, one is told so.
   */
  insert(user: StoredUser, options: { readonly firstAdmin: boolean }): Promise<boolean>;
  /** Null when there is none. Ids compare as `userKey` has them. */
  find(id: string): Promise<StoredUser | null>;
  /** Null when there is none. Addresses compare as ids do. */
  findByEmail(email: string): Promise<StoredUser | null>;
  /** Whether there is an administrator, disabled or not. */
  anyAdmin(): Promise<boolean>;
  /** By id, after `after`; limit 1 to 1,000. */
  list(after: string | null, limit: number): Promise<readonly StoredUser[]>;
  /**
   * Replaces what is not undefined. False when there is no such user, or the new email address is another's.
   * `keepAdmin`: also when the user is the only one who is enabled and has the role admin; of two at once that would
   * leave nobody, one is told so.
   */
  update(id: string, change: UserChange, options?: { readonly keepAdmin: boolean }): Promise<boolean>;
  /** False when there is no such user. */
  delete(id: string): Promise<boolean>;
  /** How a user stands, and whether a session was ended, in one look: it is asked with every request. */
  standing(id: string, sessionId: string): Promise<StoredStanding>;
  /** The session is ended from now on; remembered until `expiresAt`, when none of its tokens is good any longer. */
  endSession(sessionId: string, options: { readonly now: number; readonly expiresAt: number }): Promise<void>;
  /** Whether somebody has logged in as the user from the network, and not before `since`. */
  knowsNetwork(id: string, network: string, since: number): Promise<boolean>;
  /** Remembers a network that the user has logged in from; of one user the newest `most` are kept. */
  addNetwork(id: string, network: string, options: { readonly now: number; readonly most: number }): Promise<void>;
}

export interface StoredUser {
  /** The user id that owns jobs and accounts. */
  readonly id: string;
  /** As it was given; ASCII. */
  readonly email: string | null;
  /** For people. */
  readonly name: string | null;
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

export interface StoredStanding {
  /** Null when there is no such user. */
  readonly user: Pick<StoredUser, 'id' | 'roles' | 'disabled' | 'tokensFrom'> | null;
  readonly isEnded: boolean;
}

export type UserChange = {
  readonly email?: string | null;
  readonly name?: string | null;
  readonly passwordHash?: string;
  readonly roles?: readonly string[];
  readonly disabled?: boolean;
  readonly tokensFrom?: number;
  readonly updatedAt: number;
};

/** What ids and email addresses are compared by. */
export function userKey(id: string): string {
  return id.toLowerCase();
}
