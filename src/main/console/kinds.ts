import type { KindConsole } from '../../console/page.ts';
import { productImageConsole } from '../../kinds/product-image/console/product-image.ts';

/** How each kind of job shows itself in the console; one that is not here is shown as all kinds are. */
export const kindConsoles: readonly KindConsole[] = [productImageConsole];
