import type { Dependencies } from '../../../application/dependencies.ts';
import type { WorkSignals } from '../../../application/work/signals.ts';
import type { TypeLimits } from './type-limits.ts';
import type { TypeSettings } from './type-settings.ts';

/** What the use cases of tasks are given, once, by the composition root. */
export interface TaskDependencies
  extends Pick<Dependencies, 'store' | 'writePath' | 'clock' | 'ids' | 'logger' | 'closed' | 'quotas' | 'users'> {
  readonly types: TypeSettings;
  readonly typeLimits: TypeLimits;
  readonly signals: WorkSignals;
  /** Why nothing is ever sent to the URL, or null. Where it is absent, every URL will do. */
  readonly webhookUrlProblem?: (url: string) => string | null;
  /** In [0, 1). */
  readonly random: () => number;
}
