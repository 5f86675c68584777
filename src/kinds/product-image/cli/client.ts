import type { JobRoutes } from '../../../contract/jobs.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { derivativeRoutes } from '../contract/derivatives.ts';
import type { productImageRoutes, reportShopify } from '../contract/product-image.ts';
import type { themeRoutes } from '../contract/themes.ts';

export type ProductImageRoutes = typeof productImageRoutes & typeof derivativeRoutes & typeof themeRoutes &
  Pick<JobRoutes, 'retryJob'>;
export type ProductImageView = RouteAnswer<typeof reportShopify>;
