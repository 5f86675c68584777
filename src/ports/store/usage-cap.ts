/**
 * What one owner's jobs of a kind may take up once a commit is stored, whatever other servers store at the same moment:
 * the commit fails as a whole with `UsageExceeded` where it would be more. Null: as much as there is.
 */
export interface UsageCap {
  readonly ownerId: string;
  readonly kind: string;
  readonly unfinished: number | null;
  readonly kept: number | null;
  readonly bytes: number | null;
  /** How many types the jobs may be of. */
  readonly types: number | null;
}

/** What both of them allow: the caps are of the same owner and kind. */
export function strictestCap(a: UsageCap, b: UsageCap): UsageCap {
  const least = (one: number | null, other: number | null): number | null =>
    one === null || other === null ? (one ?? other) : Math.min(one, other);
  return {
    ...a,
    unfinished: least(a.unfinished, b.unfinished),
    kept: least(a.kept, b.kept),
    bytes: least(a.bytes, b.bytes),
    types: least(a.types, b.types),
  };
}
