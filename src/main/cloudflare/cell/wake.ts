import type { Logger } from '../../../ports/world.ts';
import type { Cells } from './cells.ts';

/**
 * For cells whose alarm did not ring: the runtime gives one up after six failures. One that was asked looks at whatever
 * is due, and sets its alarm anew.
 */
export async function wakeCells(cells: Cells, logger: Logger): Promise<void> {
  await Promise.all(cells.all.map(async (cell) => {
    try {
      await cells.part(cell, 'store').check();
    } catch (error) {
      logger.warn('a cell cannot be woken', { cell, error: String(error) });
    }
  }));
}
