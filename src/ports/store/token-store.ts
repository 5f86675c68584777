import type { StoredUser } from './user-store.ts';

/** API keys. The key itself is never stored, only its SHA-256. A key is live until it is revoked or expires. */
export interface TokenStore {
  /**
   * False when its user has `maxLive` live ones already. Of the user's that are not live the newest `keepDead` stay.
   * Throws when the id is taken.
   */
  insert(token: StoredToken, options: TokenLimits): Promise<boolean>;
  /** Null when unknown or not live at `now`. */
  findByHash(hash: string, now: number): Promise<FoundToken | null>;
  isLive(id: string, now: number): Promise<boolean>;
  /** It was used at `now`: kept unless that was noted within `usedEveryMs` before. */
  used(id: string, now: number): Promise<void>;
  /** Newest first. */
  list(filter: TokenFilter): Promise<readonly StoredToken[]>;
  /**
   * With all that were made with it. False when there is no such token of the user (null: of anybody) that was not
   * revoked before.
   */
  revoke(id: string, userId: string | null, now: number): Promise<boolean>;
  /** All of the user's, with those that were made with them. Answers how many were revoked. */
  revokeAll(userId: string, now: number): Promise<number>;
}

export interface TokenLimits {
  readonly now: number;
  readonly maxLive: number;
  readonly keepDead: number;
}

export interface TokenFilter {
  /** Null: every user's. */
  readonly userId: string | null;
  /** The live ones, or the others. */
  readonly live: boolean;
  readonly now: number;
  /** Those behind this one follow, whether it is still there or not; null: from the newest on. */
  readonly before: Pick<StoredToken, 'createdAt' | 'id'> | null;
  /** 1 to 1,000. */
  readonly limit: number;
}

export interface FoundToken {
  readonly token: StoredToken;
  /** The user whose id is the token's in whatever case; null when none is stored. */
  readonly owner: Pick<StoredUser, 'id' | 'roles' | 'disabled'> | null;
}

export interface StoredToken {
  readonly id: string;
  /** SHA-256 of the key, hex. */
  readonly hash: string;
  readonly userId: string;
  readonly roles: readonly string[];
  /** For people. */
  readonly name: string;
  /** The key that it was made with, before that the key which that one was made with, and so on. Ids. */
  readonly madeWith: readonly string[];
  readonly createdAt: number;
  /** Null: never. */
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  /** To the minute; null: it was never used. */
  readonly lastUsedAt: number | null;
}

/** So far apart are notes of the uses of one key. */
export const usedEveryMs = 60_000;

/** A key's ancestors and itself, so that all that were made with one have texts in one range. */
export function lineageOf({ madeWith, id }: Pick<StoredToken, 'madeWith' | 'id'>): string {
  return [...madeWith, id].join('/');
}

export function ancestorsIn(lineage: string): readonly string[] {
  return lineage.split('/').slice(0, -1);
}
