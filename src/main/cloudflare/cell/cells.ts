import type { Bindings } from '../bindings.ts';
import { cellOf } from '../others.ts';
import { partOf } from './ask.ts';
import type { CellParts } from './calls.ts';
import { cellOfId, cellOfType, cellsOf, firstCell, type CellPlaces } from './place.ts';

export interface Cells {
  /** The first one first. */
  readonly all: readonly number[];
  /** Of a job, a schedule or a delivery, by what its id says; for any other the first one, which knows it not. */
  ofId(id: string): number;
  ofType(type: string): number;
  part<Name extends keyof CellParts>(cell: number, name: Name): Required<CellParts>[Name];
}

export function createCells(env: Bindings, places: CellPlaces): Cells {
  const all = cellsOf(places);
  const parts = new Map<string, unknown>();
  return {
    all,
    ofId: (id) => {
      const cell = cellOfId(id);
      return all.includes(cell) ? cell : firstCell;
    },
    ofType: (type) => cellOfType(places, type),
    part<Name extends keyof CellParts>(cell: number, name: Name) {
      const key = `${cell} ${name}`;
      const made = parts.get(key) ?? partOf(() => cellOf(env, cell), name);
      parts.set(key, made);
      return made as Required<CellParts>[Name];
    },
  };
}

/** Does it to the things of each cell, and puts what came of each into their order. */
export async function inOrder<T, R>(
  things: readonly T[],
  cellOf: (thing: T) => number,
  use: (cell: number, things: readonly T[]) => Promise<readonly R[]>,
): Promise<readonly R[]> {
  const groups = Map.groupBy(things.map((thing, index) => ({ thing, index })), ({ thing }) => cellOf(thing));
  const results: R[] = new Array(things.length);
  await Promise.all([...groups].map(async ([cell, group]) => {
    const found = await use(cell, group.map(({ thing }) => thing));
    for (const [at, { index }] of group.entries()) results[index] = found[at]!;
  }));
  return results;
}
