import { Shirt } from 'lucide-preact';
import type { KindConsole, ListedJob } from '../../../console/page.ts';
import { say, stateText } from './texts.ts';

/** Product images in the console. */
export const productImageConsole: KindConsole = {
  kind: 'product-image',
  icon: Shirt,
  name: () => say().products,
  titleOf: ({ labels }: ListedJob) => labels['sku'] ?? '',
  pathOf: (id) => `/products/${id}`,
  stateText,
  audited: () => say().audited,
  labelNames: async () => ['sku', 'theme'],
  pages: [
    {
      path: '/products', title: () => say().products, role: 'operator', load: () => import('./products.tsx'),
      entry: { group: 'work', icon: Shirt, key: 'r' },
    },
    { path: '/products/new', title: () => say().add, role: 'operator', load: () => import('./new-product.tsx') },
    { path: '/products/:id', title: () => say().products, role: 'operator', load: () => import('./product.tsx') },
  ],
};
