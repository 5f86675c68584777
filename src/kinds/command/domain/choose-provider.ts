import type { Requirements } from './types.ts';

/** A provider as a scheduler sees it. */
export interface ProviderView {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  /** Takes new workers: it is enabled, and its last test went well. */
  readonly available: boolean;
  /** Why not, one sentence; null when it is. */
  readonly problem: string | null;
  readonly priority: number;
  /** How many more workers it may have now. */
  readonly free: number;
  readonly maxWorkers: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly capabilities: {
    readonly images: boolean;
    readonly limits: boolean;
    readonly gpu: boolean;
    readonly networkModes: readonly string[];
  };
}

export type Choice =
  | { readonly type: 'chosen'; readonly provider: ProviderView }
  /** One could run it, and has no room or is not available now. */
  | { readonly type: 'wait'; readonly why: string }
  /** None of those that are registered can ever run it. */
  | { readonly type: 'impossible'; readonly why: string };

/**
 * Of the providers that can run the job, the one with the greatest priority, then with the greatest share of free
 * places, then the first by id. A job that names a provider waits for that one.
 */
export function chooseProvider(wanted: Requirements, providers: readonly ProviderView[]): Choice {
  const { provider: named } = wanted;
  const asked = named === null ? providers : providers.filter(({ id, name }) => id === named || name === named);
  if (asked.length === 0) {
    const why = named === null ? 'No provider is registered.' : `There is no provider ${JSON.stringify(named)}.`;
    return { type: 'wait', why };
  }
  const lacking = asked.map((provider) => ({ provider, why: whatIsLacking(wanted, provider) }));
  const able = lacking.flatMap(({ provider, why }) => (why === null ? [provider] : []));
  if (able.length === 0) {
    const why = lacking.map(({ provider, why: what }) => `${provider.name} ${what}`).join('; ');
    return { type: 'impossible', why: `No provider can run it: ${why}.` };
  }
  const available = able.filter((provider) => provider.available);
  if (available.length === 0) return { type: 'wait', why: able[0]?.problem ?? 'Its provider is not available.' };
  const [first] = available.filter(({ free }) => free > 0).sort(byPreference);
  return first === undefined
    ? { type: 'wait', why: 'Every place for a worker is taken.' }
    : { type: 'chosen', provider: first };
}

/** Null when nothing is. */
function whatIsLacking(wanted: Requirements, { capabilities, labels }: ProviderView): string | null {
  const { images, limits, gpu, networkModes } = capabilities;
  if (wanted.image !== null && !images) return 'runs no images';
  if (wanted.gpuCount > 0 && !gpu) return 'has no GPU';
  if (wanted.networkMode !== null && !networkModes.includes(wanted.networkMode)) {
    return `has no network mode ${wanted.networkMode}`;
  }
  const isLimited = wanted.cpuCores !== null || wanted.memoryBytes !== null || wanted.diskBytes !== null;
  if (isLimited && !limits) return 'enforces no limits on CPU, memory or disk';
  const missing = Object.entries(wanted.labels).find(([name, value]) => labels[name] !== value);
  return missing === undefined ? null : `has no label ${missing[0]}=${missing[1]}`;
}

function byPreference(a: ProviderView, b: ProviderView): number {
  return b.priority - a.priority || b.free / b.maxWorkers - a.free / a.maxWorkers || (a.id < b.id ? -1 : 1);
}

/** Owners take turns: the first of each, then the second of each, and so on. */
export function alternating<T extends { readonly ownerId: string }>(candidates: readonly T[]): readonly T[] {
  const byOwner = [...Map.groupBy(candidates, ({ ownerId }) => ownerId).values()];
  const rounds = Math.max(0, ...byOwner.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) => byOwner.flatMap((own) => own[round] ?? [])).flat();
}
