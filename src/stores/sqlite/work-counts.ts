import type { WorkPlace } from '../../ports/store/work-store.ts';
import type { SqliteDriver } from './driver.ts';

/** Sums what one transaction moves from place to place, so that the counts cost it a handful of updates. */
export class WorkCounter {
  readonly #moved = new Map<WorkPlace, Map<string, number>>();

  add(type: string, place: WorkPlace, count: number): void {
    let moved = this.#moved.get(place);
    if (moved === undefined) this.#moved.set(place, (moved = new Map()));
    moved.set(type, (moved.get(type) ?? 0) + count);
  }

  move(type: string, from: WorkPlace, to: WorkPlace, count: number): void {
    this.add(type, from, -count);
    this.add(type, to, count);
  }

  write(driver: SqliteDriver): void {
    for (const [place, moved] of this.#moved) {
      for (const [type, count] of moved) if (count !== 0) driver.run(addToCount, [type, place, count]);
    }
  }
}

const addToCount = `INSERT INTO work_counts (type, place, count) VALUES (?, ?, ?)
  ON CONFLICT (type, place) DO UPDATE SET count = count + excluded.count`;
