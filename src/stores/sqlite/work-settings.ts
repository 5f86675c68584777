import { isLimited, noWorkLimits } from '../../domain/job/work.ts';
import type { WorkStage, WorkType } from '../../ports/store/work-store.ts';
import { workKey } from '../../ports/store/work-key.ts';
import type { SqliteDriver } from './driver.ts';
import { WorkCounter } from './work-counts.ts';
import { refreshFrontsOf } from './work-fronts.ts';
import { typeOf } from './work-types.ts';

const upsert = `INSERT INTO work_types (name, limits, defaults, limited, updated_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (name) DO UPDATE SET limits = excluded.limits, defaults = excluded.defaults,
  limited = excluded.limited, updated_at = excluded.updated_at`;

/** In a transaction. Rows that nobody has claimed yet get their stage anew, so that none is handed out as before. */
export function putType(driver: SqliteDriver, { kind, name: type, limits, defaults, updatedAt }: WorkType): void {
  const name = workKey(kind, type);
  const before = typeOf(driver, name)?.limits ?? noWorkLimits;
  const limited = isLimited(limits);
  const values = [name, JSON.stringify(limits), JSON.stringify(defaults ?? null), limited ? 1 : 0, updatedAt];
  driver.run(upsert, values);
  if (JSON.stringify(before) === JSON.stringify(limits)) return;
  if (limits.rate === null && limits.ratePerKey === null) driver.run('DELETE FROM work_starts WHERE type = ?', [name]);
  const counter = new WorkCounter();
  const move = (from: WorkStage, to: WorkStage, sql: string): void => {
    counter.move(name, from, to, driver.run(sql, [kind, type]));
  };
  if (limited) {
    move('ready', 'queued', lineUpAll);
    driver.run(holdSlots, [kind, type]);
  } else {
    move('ready', 'queued', lineUpKeyed);
    move('queued', 'ready', letGo);
  }
  counter.write(driver);
  refreshFrontsOf(driver, name, limits);
}

const ofType = 'kind = ? AND type = ?';
const lineUpAll = `UPDATE job_rows SET stage = 'queued', slot = 1 WHERE stage = 'ready' AND ${ofType}`;
const lineUpKeyed = `UPDATE job_rows SET stage = 'queued' WHERE stage = 'ready' AND ${ofType} AND slot = 1`;
/** What runs already runs on, and counts. */
const holdSlots = `UPDATE job_rows SET slot = 1 WHERE stage = 'leased' AND slot = 0 AND +kind = ? AND +type = ?`;
const letGo = `UPDATE job_rows SET stage = 'ready', slot = 0
  WHERE stage = 'queued' AND ${ofType} AND concurrency_key = ''`;
