/** API keys. The key itself is never stored, only its SHA-256. */
export interface TokenStore {
  /** Throws when the id is taken. */
  insert(token: StoredToken): Promise<void>;
  /** Null when unknown, revoked or expired at `now`. */
  findByHash(hash: string, now: number): Promise<StoredToken | null>;
  /** Newest first; null: every user's. */
  list(userId: string | null, limit: number): Promise<readonly StoredToken[]>;
  /** False when there is no such token of the user (null: of anybody) that was not revoked before. */
  revoke(id: string, userId: string | null, now: number): Promise<boolean>;
  /** All of the user's that were not revoked before. */
  revokeAll(userId: string, now: number): Promise<void>;
}

export interface StoredToken {
  readonly id: string;
  /** SHA-256 of the key, hex. */
  readonly hash: string;
  readonly userId: string;
  readonly roles: readonly string[];
  /** For people. */
  readonly name: string;
  readonly createdAt: number;
  /** Null: never. */
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
}
