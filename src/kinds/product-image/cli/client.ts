import type { RouteAnswer } from '../../../contract/route.ts';
import type { productImageRoutes, reportShopify } from '../contract/product-image.ts';

export type ProductImageRoutes = typeof productImageRoutes;
export type ProductImageView = RouteAnswer<typeof reportShopify>;
