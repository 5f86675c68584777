import { correctDeadlines } from '../../application/jobs/correct-deadlines.ts';
import type { Dependencies } from '../../application/dependencies.ts';
import type { Store } from '../../ports/store/store.ts';
import type { Logger } from '../../ports/world.ts';
import { longestDeadlineOf, type KindRuntime } from '../../services/kind-runtime.ts';
import { latestOutboxDue } from '../../services/outbox-relay.ts';
import { createRetention } from '../../services/retention.ts';
import type { Service } from '../../services/service.ts';
import { StoreClock } from '../../services/store-clock.ts';
import { createTimeHealer } from '../../services/time-healer.ts';
import type { FakeClock } from '../fake-clock.ts';
import type { SimulatedWakeUp } from './simulated-time.ts';

/** How long jobs that have ended are kept. */
export const keptMs = 2 * 86_400_000;
const neverMs = 36_500 * 86_400_000;
const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
/** So far ahead of the real time a clock is set; 0: it is right again. */
export const jumpsMs = [0, 0, 0, 15_000, 2 * minute, hour, day, 30 * day, -15_000, -2 * minute, -hour, -day];

/** The clocks beneath those of the servers, as somebody sets them: ahead of the real time by so much. Milliseconds. */
export class JumpingClocks {
  readonly #real: FakeClock;
  /** True: the servers have a database, whose clock is that of all of them. */
  readonly #isShared: boolean;
  readonly #ofMachines = new Map<string, number>();
  #ofDatabase = 0;
  #wrongSince: number | null = null;
  #wrongMs = 0;

  constructor(real: FakeClock, isShared: boolean) {
    this.#real = real;
    this.#isShared = isShared;
  }

  /** Whose clock: null for the database's. */
  set(server: string | null, aheadMs: number): void {
    if (server === null) this.#ofDatabase = aheadMs;
    else this.#ofMachines.set(server, aheadMs);
    this.#wrongMs = this.wrongMs();
    this.#wrongSince = this.#isRight() ? null : this.#real.now();
  }

  setRight(): void {
    for (const server of [null, ...this.#ofMachines.keys()]) this.set(server, 0);
  }

  /** For how long one of them has been wrong, all in all. Milliseconds. */
  wrongMs(): number {
    return this.#wrongMs + (this.#wrongSince === null ? 0 : this.#real.now() - this.#wrongSince);
  }

  start(server: string, kept: Store['keptTime'], logger: Logger): Promise<StoreClock> {
    return StoreClock.start({
      shared: this.#isShared ? async () => this.#real.now() + this.#ofDatabase : null,
      wall: () => this.#real.now() + (this.#ofMachines.get(server) ?? 0),
      monotonic: () => this.#real.now(),
      kept, logger,
    });
  }

  #isRight(): boolean {
    return this.#ofDatabase === 0 && [...this.#ofMachines.values()].every((aheadMs) => aheadMs === 0);
  }
}

/** What a server has beside the rest because clocks may be wrong. */
export function timeServices(
  deps: Dependencies,
  runtimes: readonly KindRuntime[],
  wakeUp: () => SimulatedWakeUp,
): readonly Service[] {
  const { store, clock, logger } = deps;
  return [
    createTimeHealer({
      heals: [
        async (now) => ({ ...(await store.work.heal(now)) }),
        async (now) => ({ outbox: await store.outbox.heal({ now, latestDueAt: latestOutboxDue(now) }) }),
        async (now) => ({ messages: await store.queue.heal(now) }),
        async (now, steps) => ({ deadlines: await correctDeadlines(deps, now, steps, longestDeadlineOf(runtimes)) }),
      ],
      clock, logger, wakeUp: wakeUp(),
    }),
    createRetention({
      retention: store.retention, kinds: deps.kinds, keepMs: neverMs, keepAuditMs: neverMs,
      clock, logger, wakeUp: wakeUp(),
      // What was paid for is compared with its account to the end.
      keepJobsMs: (kind) => (deps.kinds.of(kind).lifecycle.claims.length === 0 ? null : keptMs),
    }),
  ];
}
