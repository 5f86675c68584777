/**
 * The bucket of query costs that Shopify keeps for an app in a shop (shopify.dev/docs/api/usage/limits): a query needs
 * `requested` points, and `restoreRate` points come back each second, up to `maximumAvailable`.
 */
export interface CostBucket {
  readonly requested: number;
  readonly maximumAvailable: number;
  readonly currentlyAvailable: number;
  readonly restoreRate: number;
}

/** Milliseconds until the bucket has what the query needs, an integer; null if it never will. */
export function throttleWaitMs({ requested, maximumAvailable, currentlyAvailable, restoreRate }: CostBucket) {
  if (requested > maximumAvailable) return null;
  const missing = requested - currentlyAvailable;
  if (missing <= 0) return 0;
  return restoreRate > 0 ? Math.ceil((missing / restoreRate) * 1_000) : null;
}
