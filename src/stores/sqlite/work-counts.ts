import type { WorkStage } from '../../ports/store/work-store.ts';
import type { SqliteDriver } from './driver.ts';

/** Sums what one transaction moves from stage to stage, so that the counts cost it a handful of updates. */
export class WorkCounter {
  readonly #moved = new Map<WorkStage, Map<string, number>>();

  add(type: string, stage: WorkStage, count: number): void {
    let moved = this.#moved.get(stage);
    if (moved === undefined) this.#moved.set(stage, (moved = new Map()));
    moved.set(type, (moved.get(type) ?? 0) + count);
  }

  move(type: string, from: WorkStage, to: WorkStage, count: number): void {
    this.add(type, from, -count);
    this.add(type, to, count);
  }

  write(driver: SqliteDriver): void {
    for (const [stage, moved] of this.#moved) {
      for (const [type, count] of moved) if (count !== 0) driver.run(addToCount, [type, stage, count]);
    }
  }
}

const addToCount = `INSERT INTO work_counts (type, stage, count) VALUES (?, ?, ?)
  ON CONFLICT (type, stage) DO UPDATE SET count = count + excluded.count`;
