import type { ClientOf } from '../../../client/index.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { JobRoutes } from '../../../contract/jobs.ts';
import type { createImageSet, imageSetRoutes } from '../contract/image-set.ts';

export type ImageSetRoutes = typeof imageSetRoutes & Pick<JobRoutes, 'getJob' | 'cancelJob'>;
export type ImageSetClient = ClientOf<ImageSetRoutes>;
export type { ImageSetView } from '../contract/image-set-job.ts';
export type CreatedImageSet = RouteAnswer<typeof createImageSet>;
