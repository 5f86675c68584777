import { api } from '../../../console/server/api.ts';
import type { CoreRoutes } from '../../../contract/core-routes.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { pictureRoutes } from '../contract/pictures.ts';
import type { productImageRoutes } from '../contract/product-image.ts';
import type { themeRoutes } from '../contract/themes.ts';

type Routes = CoreRoutes & typeof productImageRoutes & typeof themeRoutes & typeof pictureRoutes;

/** The routes that these pages use. */
export const products = () => api<Routes>();

export type Pictures = RouteAnswer<(typeof pictureRoutes)['listProductPictures']>;
