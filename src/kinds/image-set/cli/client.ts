import type { ClientOf } from '../../../client/index.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { createImageSet, getImageSet, imageSetRoutes } from '../contract/image-set.ts';

export type ImageSetRoutes = typeof imageSetRoutes;
export type ImageSetClient = ClientOf<ImageSetRoutes>;
export type ImageSetView = RouteAnswer<typeof getImageSet>;
export type CreatedImageSet = RouteAnswer<typeof createImageSet>;
