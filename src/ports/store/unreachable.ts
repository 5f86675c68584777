/** The store cannot be reached now, so that nothing was asked of it. Trying again later may help. */
export class StoreUnreachable extends Error {
  override readonly name = 'StoreUnreachable';
}
