import { presets } from '../domain/kinds/image-set/concepts.ts';
import { createAccounts } from './accounts/accounts.ts';
import type { Application } from './application.ts';
import type { Dependencies } from './dependencies.ts';
import { cancel, confirmUpload, execute, recordItemResult } from './image-set/commands.ts';
import { getImageSet } from './image-set/get.ts';
import { findInputs } from './image-set/inputs.ts';
import { getPreset } from './image-set/presets.ts';
import { beginHere, submitImageSet } from './image-set/submit.ts';
import { createJobs } from './jobs/jobs.ts';
import { createQueue } from './queue/queue.ts';
import { createRules } from './rules/rules.ts';
import { createTokens } from './tokens/tokens.ts';
import { unlessNotWritable } from './unavailable.ts';
import type { WakeUp } from './wake-up.ts';

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
