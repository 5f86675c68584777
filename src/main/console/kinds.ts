import type { KindConsole } from '../../console/page.ts';
import { commandConsole } from '../../kinds/command/console/command.ts';
import { imageSetConsole } from '../../kinds/image-set/console/image-set.ts';
import { productImageConsole } from '../../kinds/product-image/console/product-image.ts';
import { taskConsole } from '../../kinds/task/console/task.ts';

/** How each kind of job shows itself in the console; one that is not here is shown as all kinds are. */
export const kindConsoles: readonly KindConsole[] = [imageSetConsole, productImageConsole, taskConsole, commandConsole];
