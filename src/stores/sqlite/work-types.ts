import { noWorkLimits, type WorkLimits } from '../../domain/job/work.ts';
import type { WorkType } from '../../ports/store/work-store.ts';
import { readWorkKey } from '../../ports/store/work-key.ts';
import type { SqliteDriver } from './driver.ts';

interface TypeRow {
  /** With its kind: see `workKey`. */
  name: string;
  limits: string;
  defaults: string;
  updated_at: number;
}

export function typeOf(driver: SqliteDriver, name: string): WorkType | null {
  const [row] = driver.all<TypeRow>('SELECT name, limits, defaults, updated_at FROM work_types WHERE name = ?', [name]);
  return row === undefined ? null : toType(row);
}

export function allTypes(driver: SqliteDriver): WorkType[] {
  const select = 'SELECT name, limits, defaults, updated_at FROM work_types ORDER BY name LIMIT 10000';
  return driver.all<TypeRow>(select).map(toType);
}

/** What holds for a type now. */
export function limitsOf(driver: SqliteDriver, name: string): WorkLimits {
  return typeOf(driver, name)?.limits ?? noWorkLimits;
}

function toType({ name: key, limits, defaults, updated_at }: TypeRow): WorkType {
  const { kind, type: name } = readWorkKey(key);
  return {
    kind,
    name,
    limits: JSON.parse(limits) as WorkLimits,
    defaults: JSON.parse(defaults),
    updatedAt: updated_at,
  };
}

/** Whether every job of a type has to wait for a slot; each type is looked up once. */
export function limitedTypes(driver: SqliteDriver): (type: string) => boolean {
  const known = new Map<string, boolean>();
  return (type) => {
    let limited = known.get(type);
    if (limited === undefined) {
      const [row] = driver.all<{ limited: number }>('SELECT limited FROM work_types WHERE name = ?', [type]);
      known.set(type, (limited = row?.limited === 1));
    }
    return limited;
  };
}
