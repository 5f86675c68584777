import { imageSetRoutes } from './contract/image-set.ts';
import { queueRoutes } from './contract/queue.ts';
import { ruleRoutes } from './contract/rules.ts';
import { createImageSetApplication, type ImageSetApplication } from './application/application.ts';
import { showImageSet } from './application/get.ts';
import { createImageSetObjects, longestDeadlineMs, referredToIn } from './application/objects.ts';
import { imageQueue } from './domain/decide.ts';
import { imageSet } from './domain/kind.ts';
import type { ImageSetJob } from './domain/types.ts';
import { imageSetHandlers, imageSetView } from './rest/image-set.ts';
import { queueHandlers } from './rest/queue.ts';
import { ruleHandlers } from './rest/rules.ts';
import { mounted } from '../../transports/rest/serve.ts';
import type { KindModule } from '../module.ts';

export const imageSetModule: KindModule<ImageSetApplication> = {
  kind: imageSet,
  queues: [imageQueue],
  create: (deps) => ({
    application: createImageSetApplication(deps),
    view: async (job) => imageSetView(await showImageSet(deps, job as ImageSetJob)),
    objects: createImageSetObjects(deps.settings, referredToIn(deps.store.jobs)),
    keepMs: deps.settings.keepSetsMs,
    longestDeadlineMs: longestDeadlineMs(deps.settings),
  }),
  mount: ({ imageSets, rules, queue }) => [
    ...(imageSets ? [mounted(imageSetRoutes, imageSetHandlers(imageSets))] : []),
    ...(rules ? [mounted(ruleRoutes, ruleHandlers(rules))] : []),
    ...(queue ? [mounted(queueRoutes, queueHandlers(queue))] : []),
  ],
};
