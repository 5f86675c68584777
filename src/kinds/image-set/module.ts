import { callbackRoutes } from './contract/callbacks.ts';
import { imageSetRoutes } from './contract/image-set.ts';
import { imageSetSummary, imageSetView } from './contract/image-set-job.ts';
import { queueRoutes } from './contract/queue.ts';
import { ruleRoutes } from './contract/rules.ts';
import { createImageSetApplication, type ImageSetApplication } from './application/application.ts';
import { detailOfImageSet } from './application/get.ts';
import { createImageSetObjects, longestDeadlineMs, referredToIn } from './application/objects.ts';
import { imageQueue } from './domain/decide.ts';
import { imageSet } from './domain/kind.ts';
import { imageSetQuotas } from './domain/quotas.ts';
import type { ImageSetFields, ImageSetJob } from './domain/types.ts';
import { callbackHandlers } from './rest/callbacks.ts';
import { imageSetHandlers } from './rest/image-set.ts';
import { queueHandlers } from './rest/queue.ts';
import { ruleHandlers } from './rest/rules.ts';
import { mounted } from '../../transports/rest/serve.ts';
import type { KindModule } from '../module.ts';

export const imageSetModule: KindModule<ImageSetApplication> = {
  kind: imageSet,
  queues: [imageQueue],
  quotas: imageSetQuotas,
  summary: (job) => imageSetSummary({ ...job, fields: job.fields as ImageSetFields }),
  payloadFields: [],
  tags: {
    'Image sets': 'Many photos restyled as one job: create, upload, confirm, execute, download.',
    Rules: 'Saved sets of concepts, to be used by executed sets.',
    'Worker queue': 'For image workers. All fields are snake_case.',
  },
  create: (deps) => ({
    application: createImageSetApplication(deps),
    view: async (job) => imageSetView(job as ImageSetJob, await detailOfImageSet(deps, job as ImageSetJob)),
    objects: createImageSetObjects(deps.settings, referredToIn(deps.store.jobs)),
    keepMs: deps.settings.keepWithObjectsMs,
    longestDeadlineMs: longestDeadlineMs(deps.settings),
  }),
  mount: ({ imageSets, rules, queue }) => [
    ...(imageSets
      ? [mounted(imageSetRoutes, imageSetHandlers(imageSets)), mounted(callbackRoutes, callbackHandlers(imageSets))]
      : []),
    ...(rules ? [mounted(ruleRoutes, ruleHandlers(rules))] : []),
    ...(queue ? [mounted(queueRoutes, queueHandlers(queue))] : []),
  ],
};
