import type { Logger } from '../../../ports/world.ts';
import type { Clock } from '../../../ports/world.ts';
import type { RecordReads } from '../../../ports/store/tables.ts';
import { counters } from '../../../ports/store/counters.ts';
import type { Provider, ProviderHealth, ProviderWatch, WorkerStatus } from '../../../ports/provider.ts';
import type { ProviderView } from '../domain/choose-provider.ts';
import type { ProviderType } from '../../../ports/fleet.ts';
import { capacityOf, providerConfigs, type StoredProvider } from './provider-records.ts';

/** A registered provider as this server has it at hand. */
export interface LiveProvider {
  readonly stored: StoredProvider;
  /** Null when this server cannot talk to its type, its configuration is wrong, or its site is not (yet) reached. */
  readonly provider: Provider | null;
  /** Whether it runs its workers where another server reaches them, and this one does not. */
  readonly isElsewhere: boolean;
  /** Of the last test; null before the first. */
  readonly health: (ProviderHealth & { readonly at: number }) | null;
}

interface Entry {
  stored: StoredProvider;
  /** Becomes `provider` once its site is known to be the stored one. */
  made: Provider | null;
  provider: Provider | null;
  isElsewhere: boolean;
  problem: string | null;
  health: (ProviderHealth & { readonly at: number }) | null;
  watch: ProviderWatch | null;
  testing: Promise<void> | null;
}

interface Options {
  readonly records: RecordReads;
  readonly types: readonly ProviderType[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Stores the site of a provider that has none, and answers which it has then. */
  readonly claimSite: (providerId: string, site: string) => Promise<string | null>;
  /** As `FleetParts.prepareFor`. */
  readonly prepareFor?: ((provider: Provider) => Promise<void>) | undefined;
}

const maxProviders = 1_000;
const testTimeoutMs = 10_000;
const siteTimeoutMs = 2_000;

/** The providers that are registered, and how each of them is. `refresh` sees what other servers have registered. */
export class LiveProviders {
  readonly #options: Options;
  readonly #types: ReadonlyMap<string, ProviderType>;
  readonly #entries = new Map<string, Entry>();
  /** Called when one was registered, changed or deleted, as soon as this server sees it. */
  onChanged: () => void = () => {};
  #refreshed: Promise<void> = Promise.resolve();
  /** Called when a worker has ended, as soon as its provider sees it. */
  onWorkerEnded: (workerId: string, status: WorkerStatus) => void = () => {};

  constructor(options: Options) {
    this.#options = options;
    this.#types = new Map(options.types.map((type) => [type.name, type]));
  }

  get typeNames(): readonly string[] {
    return [...this.#types.keys()];
  }

  type(name: string): ProviderType | undefined {
    return this.#types.get(name);
  }

  all(): readonly LiveProvider[] {
    return [...this.#entries.values()];
  }

  /** Looks in the store when it is not known here yet. */
  async of(providerId: string): Promise<LiveProvider | null> {
    if (!this.#entries.has(providerId)) await this.refresh();
    return this.#entries.get(providerId) ?? null;
  }

  /** Takes in what is registered now. */
  refresh(): Promise<void> {
    // One after the other: two at once would set up a provider twice.
    return (this.#refreshed = this.#refreshed.then(() => this.#take(), () => this.#take()));
  }

  async #take(): Promise<void> {
    const { records } = this.#options;
    const stored = await records.list(providerConfigs, { where: {}, orderBy: ['id'], limit: maxProviders });
    const gone = new Set(this.#entries.keys());
    let isChanged = false;
    for (const one of stored) {
      gone.delete(one.id);
      const known = this.#entries.get(one.id);
      if (known?.stored.version === one.version) continue;
      isChanged = true;
      // What does not say how workers are reached or made keeps its connections.
      if (known !== undefined && isReachedAlike(known.stored, one)) known.stored = one;
      else await this.#open(one);
    }
    for (const id of gone) await this.#close(id);
    if (isChanged || gone.size > 0) this.onChanged();
  }

  async #open(stored: StoredProvider): Promise<void> {
    await this.#close(stored.id);
    const entry: Entry = {
      stored, made: null, provider: null, isElsewhere: false, problem: null, health: null, watch: null, testing: null,
    };
    const type = this.#types.get(stored.type);
    if (type === undefined) {
      entry.problem = `This server has no providers of the type ${stored.type}.`;
    } else {
      try {
        entry.made = await type.make({ providerId: stored.id, config: stored.config });
      } catch (error) {
        entry.problem = `Its configuration is wrong: ${error instanceof Error ? error.message : String(error)}`;
        this.#options.logger.error('a provider cannot be set up', { provider: stored.name, error: entry.problem });
      }
    }
    this.#entries.set(stored.id, entry);
    if (entry.made !== null) await this.#reach(entry, entry.made);
  }

  /** Uses the provider if this server reaches its workers: all that it says of others would be wrong. */
  async #reach(entry: Entry, made: Provider): Promise<void> {
    const { stored: { id, name } } = entry;
    try {
      const site = (await made.site?.(AbortSignal.timeout(siteTimeoutMs))) ?? null;
      const expected = site === null ? null : (entry.stored.site ?? (await this.#options.claimSite(id, site)));
      // Closed meanwhile, or found out by another look.
      if (this.#entries.get(id) !== entry || entry.provider !== null || entry.isElsewhere) return;
      if (site === expected) {
        entry.provider = made;
        entry.watch = made.watch?.((workerId, status) => this.onWorkerEnded(workerId, status)) ?? null;
        return;
      }
      entry.isElsewhere = true;
      entry.health = { healthy: false, message: elsewhere(name), latencyMs: 0, at: this.#options.clock.now() };
      this.#options.logger.warn('a provider has its workers elsewhere', { provider: name, expected, site });
    } catch (error) {
      this.#options.logger.debug('the site of a provider is not known yet', { provider: name, error: String(error) });
    }
  }

  async #close(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    await entry.watch?.stop();
    await entry.made?.close();
  }

  /**
   * Tests all of them, leaving out those that were healthy less than `maxAgeMs` ago: jobs wait for the others.
   */
  async test(maxAgeMs: number): Promise<void> {
    const now = this.#options.clock.now();
    await Promise.all([...this.#entries.values()].map(async (entry) => {
      if (entry.health?.healthy && now - entry.health.at < maxAgeMs) return;
      await this.#testOnce(entry);
    }));
  }

  /** Tests one at once: a call to it has failed. */
  async recheck(providerId: string): Promise<void> {
    const entry = this.#entries.get(providerId);
    if (entry !== undefined) await this.#testOnce(entry);
  }

  #testOnce(entry: Entry): Promise<void> {
    return (entry.testing ??= this.#test(entry).finally(() => (entry.testing = null)));
  }

  async #test(entry: Entry): Promise<void> {
    const { clock, logger } = this.#options;
    if (entry.made === null || entry.isElsewhere) return;
    const before = entry.health?.healthy;
    const health = await entry.made.test(AbortSignal.timeout(testTimeoutMs));
    if (health.healthy && entry.provider === null) await this.#reach(entry, entry.made);
    if (entry.isElsewhere) return;
    if (health.healthy) await this.#options.prepareFor?.(entry.made);
    entry.health = { ...health, at: clock.now() };
    if (before === health.healthy) return;
    const fields = { provider: entry.stored.name, message: health.message };
    if (health.healthy) logger.info('a provider is healthy', fields);
    else logger.warn('a provider is not healthy', fields);
  }

  /** The scheduler's view of them, with the free places as stored now, without their warm workers. */
  async views(): Promise<readonly (ProviderView & { readonly stored: StoredProvider })[]> {
    const { records } = this.#options;
    return Promise.all([...this.#entries.values()].map(async (entry) => {
      const { id, name, type, status, priority, maxWorkers, labels } = entry.stored;
      const { kind, scope, key } = capacityOf(id);
      const taken = (await records.get(counters, [kind, scope, key]))?.value ?? 0;
      const problem = problemOf(entry);
      return {
        id, name, type, priority, maxWorkers, labels, problem, stored: entry.stored, warm: [], ending: 0,
        available: status === 'ACTIVE' && problem === null,
        free: Math.max(0, maxWorkers - taken),
        capabilities: entry.made?.capabilities ?? { images: true, limits: true, gpu: true, networkModes: [] },
      };
    }));
  }

  async close(): Promise<void> {
    await this.#refreshed.catch(() => {});
    for (const id of [...this.#entries.keys()]) await this.#close(id);
  }
}

function isReachedAlike(a: StoredProvider, b: StoredProvider): boolean {
  // A site that is only learned moves nothing.
  const isMoved = a.site !== null && a.site !== b.site;
  return a.type === b.type && !isMoved && JSON.stringify(a.config) === JSON.stringify(b.config);
}

function elsewhere(name: string): string {
  return `Provider ${name} has its workers where another server reaches them, and this one does not. If those are ` +
    `gone for good, \`waybill provider update ${name} --config …\` has the next server that reaches one take it over.`;
}

function problemOf({ stored, isElsewhere, problem, health }: Entry): string | null {
  if (problem !== null) return problem;
  if (stored.status !== 'ACTIVE') return `Provider ${stored.name} is ${stored.status}.`;
  if (isElsewhere && health !== null) return health.message;
  if (health === null) return `Provider ${stored.name} has not been tested yet.`;
  return health.healthy ? null : `Provider ${stored.name}: ${health.message}`;
}
