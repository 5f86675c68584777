/** How Shopify counts what queries cost: as shopify.dev/docs/api/usage/limits describes the leaky bucket. */
import { GraphQLError, Kind, type DocumentNode, type SelectionSetNode } from 'graphql';

export interface BucketSize {
  readonly maximumAvailable: number;
  readonly restoreRate: number;
}

export class CostBucket {
  size: BucketSize;
  readonly #now: () => number;
  #available: number;
  #at: number;

  constructor(size: BucketSize, now: () => number) {
    this.size = size;
    this.#now = now;
    this.#available = size.maximumAvailable;
    this.#at = now();
  }

  get available(): number {
    const { maximumAvailable, restoreRate } = this.size;
    const now = this.#now();
    const restored = (Math.max(0, now - this.#at) / 1_000) * restoreRate;
    this.#available = Math.min(maximumAvailable, this.#available + restored);
    this.#at = now;
    return this.#available;
  }

  /** Leaves the bucket with so many points. */
  drainTo(points: number): void {
    this.#available = Math.min(points, this.available);
  }

  /** Null when it was taken; what a throttled request is answered otherwise. */
  take(requested: number): { readonly errors: readonly object[]; readonly extensions: object } | null {
    const { maximumAvailable, restoreRate } = this.size;
    const currentlyAvailable = Math.floor(this.available);
    if (requested <= currentlyAvailable) {
      this.#available -= requested;
      return null;
    }
    const tooMuch = requested > maximumAvailable;
    const message = tooMuch ? `Query cost is ${requested}, which exceeds the single query max cost limit` : 'Throttled';
    const code = tooMuch ? 'MAX_COST_EXCEEDED' : 'THROTTLED';
    const throttleStatus = { maximumAvailable, currentlyAvailable, restoreRate };
    const cost = { requestedQueryCost: requested, actualQueryCost: null, throttleStatus };
    return { errors: [{ message, extensions: { code } }], extensions: { cost } };
  }
}

/** Ten for a mutation, and for a connection two and its nodes: `first` times what a node costs. */
export function costOf(document: DocumentNode): number {
  let cost = 0;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    if (definition.operation === 'mutation') cost += 10 * definition.selectionSet.selections.length;
    else cost += ofSelections(definition.selectionSet);
  }
  return Math.max(1, cost);
}

function ofSelections(set: SelectionSetNode | undefined): number {
  let cost = 0;
  for (const selection of set?.selections ?? []) {
    if (selection.kind === Kind.FRAGMENT_SPREAD) throw new GraphQLError('named fragments are not counted here');
    const inner = ofSelections(selection.selectionSet);
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      cost += inner;
      continue;
    }
    const first = selection.arguments?.find(({ name }) => name.value === 'first')?.value;
    if (first?.kind === Kind.INT) cost += 2 + Number(first.value) * Math.max(1, inner);
    else cost += selection.selectionSet === undefined || selection.name.value === 'nodes' ? inner : 1 + inner;
  }
  return cost;
}
