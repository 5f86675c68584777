import type { Clock, Ids } from '../../../ports/world.ts';
import { createIds } from '../../node/world.ts';

/*
 * Where a job is, said by its own id: the last three hexadecimal digits of those that are made on Cloudflare are the
 * number of its cell; 0 is none, a job with an object of its own. 50 random bits are left beside the time and the count
 * within the millisecond.
 */

/** Numbers of cells are 1 to this: lists ask each of them. */
const maxCell = 100;

/** The cell of what is in no other. */
export const firstCell = 1;

/** By the type of task. */
export type CellPlaces = ReadonlyMap<string, number>;

/** From `type=2,other.type=3`; what is wrong with it, for people. */
export function readPlaces(text: string): CellPlaces | string {
  const places = new Map<string, number>();
  for (const entry of text.split(',').map((one) => one.trim()).filter((one) => one !== '')) {
    const [, type = '', number = ''] = /^([\w.:/-]{1,100})=(\d{1,3})$/.exec(entry) ?? [];
    const cell = Number(number);
    if (type === '' || cell < 1 || cell > maxCell) {
      return `TASK_CELLS must be like "resize=2,email=3", with cells from 1 to ${maxCell}; "${entry}" is not`;
    }
    places.set(type, cell);
  }
  return places;
}

/** Of all cells, the first one first. */
export function cellsOf(places: CellPlaces): readonly number[] {
  return [...new Set([firstCell, ...places.values()])].sort((a, b) => a - b);
}

export function cellOfType(places: CellPlaces, type: string): number {
  return places.get(type) ?? firstCell;
}

/** Ids of what is in the cell of that number, or in none (0). */
export function createIdsOf(cell: number, clock: Clock): Ids {
  const ids = createIds(clock);
  const tail = cell.toString(16).padStart(3, '0');
  return { uuid: () => ids.uuid().slice(0, -3) + tail };
}

/** 0: none. Of a text that is no such id, whatever its end says. */
export function cellOfId(id: string): number {
  return Number.parseInt(id.slice(-3), 16) || 0;
}
