import { ok, type Result } from '../../domain/errors.ts';
import type { Store } from '../../ports/store/store.ts';
import type { Clock } from '../../ports/world.ts';
import { atMostEvery } from '../at-most-every.ts';
import { requireRole } from '../caller.ts';
import type { RequestContext } from '../request.ts';
import { quantile, together, type Durations } from './durations.ts';
import { endedInHours, hourMs, hourOf, type EndedInHour } from './recorder.ts';

/** How jobs of each type have fared within a day. */
export interface TypeTimes {
  /** Operator. Some seconds old at most. */
  list(context: RequestContext, kind?: string): Promise<Result<DayOfTypes>>;
}

export interface DayOfTypes {
  /** The beginning of the first hour. Milliseconds since 1970. */
  readonly from: number;
  readonly types: readonly DayOfType[];
  /** Whether there were more than are counted. */
  readonly truncated: boolean;
}

export interface DayOfType {
  readonly kind: string;
  /** Empty where the kind has no types. */
  readonly type: string;
  readonly ended: number;
  readonly failed: number;
  /** Null where none has started. */
  readonly wait: Spread | null;
  readonly run: Spread | null;
  /** Oldest first, the last of them under way. */
  readonly hours: readonly { readonly ended: number; readonly failed: number }[];
}

/** Milliseconds. */
interface Spread {
  readonly p50: number;
  readonly p95: number;
}

const hoursOfDay = 24;
/** Rows of an hour. */
const mostRows = 1_000;
const freshMs = 3_000;

export function createTypeTimes({ store, clock }: {
  readonly store: Pick<Store, 'records'>;
  readonly clock: Clock;
}): TypeTimes {
  const day = atMostEvery(freshMs, () => readDay(store, clock.now()));
  return {
    list: async ({ caller }, kind) => {
      const denied = requireRole(caller, 'operator');
      if (denied !== null) return denied;
      const all = await day();
      return ok(kind === undefined ? all : { ...all, types: all.types.filter((one) => one.kind === kind) });
    },
  };
}

async function readDay({ records }: Pick<Store, 'records'>, now: number): Promise<DayOfTypes> {
  const from = Math.floor(now / hourMs) * hourMs - (hoursOfDay - 1) * hourMs;
  const names = Array.from({ length: hoursOfDay }, (_, at) => hourOf(from + at * hourMs));
  const hours = await Promise.all(names.map((hour) => records.list(endedInHours, {
    where: { hour }, orderBy: ['kind', 'type', 'server'], limit: mostRows,
  })));
  const byType = Map.groupBy(hours.flat(), ({ kind, type }) => `${kind}/${type}`);
  return {
    from,
    types: [...byType.values()].map((rows) => dayOf(rows, names)),
    truncated: hours.some(({ length }) => length === mostRows),
  };
}

function dayOf(rows: readonly EndedInHour[], names: readonly string[]): DayOfType {
  const [{ kind, type } = { kind: '', type: '' }] = rows;
  const sum = (of: readonly EndedInHour[]) => ({
    ended: of.reduce((total, { ended }) => total + ended, 0),
    failed: of.reduce((total, { failed }) => total + failed, 0),
  });
  return {
    kind, type, ...sum(rows), wait: spread(rows.map(({ waits }) => waits)), run: spread(rows.map(({ runs }) => runs)),
    hours: names.map((name) => sum(rows.filter(({ hour }) => hour === name))),
  };
}

function spread(all: readonly Durations[]): Spread | null {
  const durations = together(all);
  const [p50, p95] = [quantile(durations, 0.5), quantile(durations, 0.95)];
  return p50 === null || p95 === null ? null : { p50, p95 };
}
