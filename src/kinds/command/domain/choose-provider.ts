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
  /** Idle workers of its warm pool. */
  readonly warm: readonly WarmWorker[];
  /** How many of its workers are being ended: places that will be free. */
  readonly ending: number;
  readonly capabilities: {
    readonly images: boolean;
    readonly limits: boolean;
    readonly gpu: boolean;
    readonly networkModes: readonly string[];
  };
}

/** An idle worker that takes whatever asks for nothing special. */
export interface WarmWorker {
  readonly id: string;
  /** Whose jobs alone it takes; null: anybody's. */
  readonly ownerId: string | null;
  /** The end of its lifetime; null: no limit. Milliseconds since 1970. */
  readonly until: number | null;
}

/** A job that wants a worker. */
export interface Applicant {
  readonly requirements: Requirements;
  readonly ownerId: string;
  /** Until when it may need the worker. Milliseconds since 1970. */
  readonly until: number;
}

export type Choice =
  /** `worker`: the warm one that is to have it; null: one is made. */
  | { readonly type: 'chosen'; readonly provider: ProviderView; readonly worker: WarmWorker | null }
  /** Every place is taken, one of them by a warm worker that cannot run the job: end that worker. */
  | { readonly type: 'make-room'; readonly provider: ProviderView; readonly worker: WarmWorker }
  /** One could run it, and has no room or is not available now. */
  | { readonly type: 'wait'; readonly why: string }
  /** None of those that are registered can ever run it. */
  | { readonly type: 'impossible'; readonly why: string };

/**
 * Of the providers that can run the job, the one with the greatest priority, then one that has a warm worker for it,
 * then with the greatest share of free places, then the first by id. A job that names a provider waits for that one.
 */
export function chooseProvider(applicant: Applicant, providers: readonly ProviderView[]): Choice {
  const { requirements: wanted } = applicant;
  const { provider: named } = wanted;
  const asked = providers.filter((provider) => isAsked(wanted, provider));
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
  const [first] = available
    .map((provider) => ({ provider, worker: warmFor(applicant, provider) }))
    .filter(({ provider, worker }) => worker !== null || provider.free > 0)
    .sort((a, b) => byPreference(a.provider, b.provider, Number(b.worker !== null) - Number(a.worker !== null)));
  return first === undefined ? madeRoom(available) : { type: 'chosen', ...first };
}

/** Whether the provider is one that the job may be given to, some time. */
export function canRun(wanted: Requirements, provider: ProviderView): boolean {
  return isAsked(wanted, provider) && whatIsLacking(wanted, provider) === null;
}

function isAsked({ provider: named }: Requirements, { id, name }: ProviderView): boolean {
  return named === null || id === named || name === named;
}

/** Prefers a worker of the owner, so that workers for anyone are left to others; null: there is none. */
function warmFor({ requirements, ownerId, until }: Applicant, { warm }: ProviderView): WarmWorker | null {
  if (!asksNothingSpecial(requirements)) return null;
  const fit = warm.filter((worker) =>
    (worker.ownerId === null || worker.ownerId === ownerId) && until <= (worker.until ?? Infinity));
  return fit.find((worker) => worker.ownerId === ownerId) ?? fit[0] ?? null;
}

/** Of a worker; labels are asked of its provider. */
function asksNothingSpecial({
  image, cpuCores, memoryBytes, diskBytes, gpuCount, networkMode,
}: Requirements): boolean {
  return gpuCount === 0 && [image, cpuCores, memoryBytes, diskBytes, networkMode].every((asked) => asked === null);
}

/** None of their warm workers is of use. Where one is being ended already, that one makes room. */
function madeRoom(providers: readonly ProviderView[]): Choice {
  const wait = { type: 'wait', why: 'Every place for a worker is taken.' } as const;
  if (providers.some(({ ending }) => ending > 0)) return wait;
  const [provider] = providers.filter(({ warm }) => warm.length > 0).sort((a, b) => byPreference(a, b));
  // Those that few can have go first.
  const worker = provider?.warm.find(({ ownerId }) => ownerId !== null) ?? provider?.warm[0];
  return provider === undefined || worker === undefined ? wait : { type: 'make-room', provider, worker };
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

function byPreference(a: ProviderView, b: ProviderView, rest = 0): number {
  const [shareOfA, shareOfB] = [a, b].map(({ free, maxWorkers }) => free / maxWorkers) as [number, number];
  return b.priority - a.priority || rest || shareOfB - shareOfA || (a.id < b.id ? -1 : 1);
}

/** Owners take turns: the first of each, then the second of each, and so on. */
export function alternating<T extends { readonly ownerId: string }>(candidates: readonly T[]): readonly T[] {
  const byOwner = [...Map.groupBy(candidates, ({ ownerId }) => ownerId).values()];
  const rounds = Math.max(0, ...byOwner.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) => byOwner.flatMap((own) => own[round] ?? [])).flat();
}
