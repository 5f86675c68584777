import { command } from '../domain/kind.ts';
import { worker } from '../domain/worker/kind.ts';
import type { CommandDependencies } from './dependencies.ts';
import { reportsOf, type ProviderReport } from './provider-report.ts';
import { countByState } from './states.ts';

/** What there is now of command jobs, of workers and of providers. */
export interface FleetMetrics {
  readonly at: number;
  /** By state; those of which there are none included. */
  readonly jobs: Readonly<Record<string, number>>;
  readonly workers: Readonly<Record<string, number>>;
  /** By name. */
  readonly providers: readonly ProviderReport[];
}

export async function readFleetMetrics(
  deps: Pick<CommandDependencies, 'store' | 'providers' | 'clock'>,
): Promise<FleetMetrics> {
  const [counts, providers] = await Promise.all([deps.store.jobs.counts(), reportsOf(deps)]);
  const [jobs, workers] = [countByState(command, counts), countByState(worker, counts)];
  return { at: deps.clock.now(), jobs, workers, providers };
}
