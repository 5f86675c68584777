import { presets } from '../kinds/image-set/domain/concepts.ts';
import { createAccounts } from '../application/accounts/accounts.ts';
import type { Application } from '../application/application.ts';
import type { Dependencies } from '../application/dependencies.ts';
import { cancel, confirmUpload, execute, recordItemResult } from '../kinds/image-set/application/commands.ts';
import { getImageSet } from '../kinds/image-set/application/get.ts';
import { findInputs } from '../kinds/image-set/application/inputs.ts';
import { getPreset } from '../kinds/image-set/application/presets.ts';
import { beginHere, submitImageSet } from '../kinds/image-set/application/submit.ts';
import { createJobs } from '../application/jobs/jobs.ts';
import { createQueue } from '../kinds/image-set/application/queue.ts';
import { createRules } from '../kinds/image-set/application/rules.ts';
import { createTokens } from '../application/tokens/tokens.ts';
import { unlessNotWritable } from '../application/unavailable.ts';
import type { WakeUp } from '../application/wake-up.ts';

/** The use cases over one store that holds everything. `queueWakeUp` is notified when messages come. */
export function createApplication(deps: Dependencies, queueWakeUp: WakeUp): Application {
  const begin = beginHere(deps);
  const find = findInputs(deps);
  return {
    imageSets: {
      submit: (context, input) => submitImageSet(deps, begin, find, context, input),
      confirmUpload: (context, jobId, input) => confirmUpload(deps, context, jobId, input),
      execute: (context, jobId, input) => execute(deps, context, jobId, input),
      recordItemResult: (jobId, input, correlationId) => recordItemResult(deps, jobId, input, correlationId),
      cancel: (context, jobId) => cancel(deps, context, jobId),
      get: (context, jobId) => getImageSet(deps, context, jobId),
      presets: () => presets,
      preset: getPreset,
    },
    jobs: createJobs(deps),
    accounts: createAccounts(deps),
    rules: createRules(deps),
    tokens: createTokens(deps),
    queue: createQueue(deps, queueWakeUp),
    ready: async () => {
      await unlessNotWritable(deps.store.check());
      await unlessNotWritable(deps.objects.check());
    },
  };
}
