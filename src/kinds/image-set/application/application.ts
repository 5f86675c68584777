import type { Dependencies } from '../../../application/dependencies.ts';
import { createImageSets, type ImageSets } from './image-sets.ts';
import { messageJobs } from './message-jobs.ts';
import { createQueue, type Queue } from './queue.ts';
import { createRules, type Rules } from './rules.ts';

/** What the server does with image sets, and for the workers that restyle their photos. */
export interface ImageSetApplication {
  readonly imageSets: ImageSets;
  readonly rules: Rules;
  /** Absent where the workers pull from a queue that is elsewhere. */
  readonly queue?: Queue;
}

/** The use cases over one store that holds everything. */
export function createImageSetApplication(deps: Dependencies): Required<ImageSetApplication> {
  const { store, signals, clock, logger, settings } = deps;
  const jobs = messageJobs(deps);
  const queue = createQueue({ messages: store.queue, jobs, arrived: signals.messages, clock, logger, settings });
  return { imageSets: createImageSets(deps), rules: createRules(deps), queue };
}
