import { createAccounts, type Accounts } from './accounts/accounts.ts';
import type { Dependencies } from './dependencies.ts';
import type { JobKinds } from './jobs/job-kind.ts';
import { createJobs, type Jobs } from './jobs/jobs.ts';
import { createTokens, type Tokens } from './tokens/tokens.ts';
import { unlessNotWritable } from './unavailable.ts';
import { createWorkers, type Workers } from './work/workers.ts';

/**
 * What the transports may ask for, whatever kinds of job there are. On Node it is one object over one store; on
 * Cloudflare the same use cases run inside Durable Objects and a router with this face finds the right one.
 * Every method answers a value; a rejected promise is a bug or a store that cannot answer.
 */
export interface Application {
  readonly jobs: Jobs;
  readonly accounts: Accounts;
  readonly tokens: Tokens;
  /** Absent where no workers claim jobs. */
  readonly workers?: Workers;
  /** Throws with a clear message when a part that is needed cannot answer. */
  ready(): Promise<void>;
}

/** The use cases over one store that holds everything. */
export function createApplication(deps: Dependencies, jobKinds: JobKinds): Application {
  return {
    jobs: createJobs(deps, jobKinds),
    accounts: createAccounts({ ...deps, jobKinds: (ids) => deps.store.jobs.kinds(ids) }),
    tokens: createTokens(deps),
    workers: createWorkers(deps),
    ready: async () => {
      await unlessNotWritable(deps.store.check());
      await unlessNotWritable(deps.objects.check());
    },
  };
}
