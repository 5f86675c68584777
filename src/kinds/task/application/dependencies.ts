import type { Dependencies } from '../../../application/dependencies.ts';
import type { TypeLimits } from './type-limits.ts';

/** What the use cases of tasks are given. */
export interface TaskDependencies
  extends Pick<
    Dependencies,
    | 'store' | 'writePath' | 'kinds' | 'clock' | 'ids' | 'logger' | 'signals' | 'types' | 'random' | 'closed'
    | 'quotas' | 'webhookUrlProblem' | 'users' | 'objects' | 'gzip'
  > {
  readonly typeLimits: TypeLimits;
}
