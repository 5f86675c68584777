import type { RouteAnswer } from '../../../contract/route.ts';
import type { reportShopify } from '../contract/product-image.ts';

export type ProductImageView = RouteAnswer<typeof reportShopify>;
