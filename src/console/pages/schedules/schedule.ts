import type { ScheduleRoutes } from '../../../contract/schedules.ts';
import { api } from '../../server/api.ts';
import { inexactNumber } from '../../parts/raw-json.ts';
import { serverUrl } from '../../shell/router.ts';
import { say } from './texts.ts';

/** As every schedule is, whatever the kind of its job; the fields of that stand beside these. */
export interface Schedule {
  readonly scheduleId: string;
  readonly ownerId: string;
  readonly kind: string;
  readonly name: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly missed: 'skip' | 'once' | 'all';
  readonly enabled: boolean;
  readonly ownerDisabled: boolean;
  readonly kindUnknown: boolean;
  readonly nextAt: string | null;
  readonly nextTicks: readonly string[];
  readonly lastAt: string | null;
  readonly lastJobId: string | null;
}

export type Settings = Readonly<Record<string, unknown>>;

/** What the server says of a schedule, and nobody sends. */
const shownOnly: ReadonlySet<string> = new Set([
  'scheduleId', 'ownerId', 'ownerDisabled', 'kindUnknown', 'nextAt', 'nextTicks', 'lastAt', 'lastJobId', 'createdAt',
  'updatedAt',
]);

export function settingsOf(schedule: Schedule): Settings {
  return Object.fromEntries(Object.entries(schedule).filter(([name]) => !shownOnly.has(name)));
}

/** The pages' types do not know which kinds a server schedules. */
export function schedules() {
  return api<ScheduleRoutes>();
}

export async function listSchedules(cursor: string | undefined, signal: AbortSignal) {
  const query = { limit: 50, ...(cursor !== undefined && { cursor }) };
  const page = await schedules().listSchedules({ query }, { signal });
  return { ...page, schedules: page.schedules as unknown as readonly Schedule[] };
}

/** Replaces its settings. Throws where it has a number that would be changed on the way, and ApiError. */
export async function replace(id: string, settings: Settings): Promise<void> {
  const response = await fetch(`${serverUrl}/api/v1/schedules/${id}`);
  if (response.ok && inexactNumber(await response.text()) !== null) throw new Error(say().inexact);
  await schedules().replaceSchedule({ params: { id }, body: settings as never });
}
