import type { UserStore } from '../../ports/store/user-store.ts';

/**
 * Whom a request means by a user id. Ids are the same whatever their case: a user that is stored is known by the id it
 * is stored under, and so is all that it has. Of others nothing is known, and their ids stay as they are given.
 *
 * @param users absent where none are stored
 */
export async function storedId(users: Pick<UserStore, 'find'> | undefined, userId: string): Promise<string> {
  return (await users?.find(userId))?.id ?? userId;
}
