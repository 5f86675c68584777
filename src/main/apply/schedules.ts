import type { Answer } from '../client/index.ts';
import { CommandFailure } from '../../transports/cli/failure.ts';
import { pages } from '../../transports/cli/pages.ts';
import { wholeDifferences, type Access, type Change } from './changes.ts';
import type { ScheduleEntry } from './file.ts';

type Shown = Answer<'listSchedules'>['schedules'][number];

/** Yours, by their names. */
export async function scheduleChanges(
  access: Access,
  wanted: Readonly<Record<string, ScheduleEntry | null>>,
): Promise<readonly Change[]> {
  const { client, signal } = access;
  const mine = await readMine(access);
  const deletion = ({ name, scheduleId: id }: Shown): Change => ({
    action: 'delete', section: 'schedules', name, fields: [],
    apply: () => client.deleteSchedule({ params: { id } }, { signal }),
  });
  const unnamed = access.prune ? mine.filter(({ name }) => !Object.hasOwn(wanted, name)) : [];
  return [...unnamed.map(deletion), ...Object.entries(wanted).flatMap(([name, entry]): Change[] => {
    const found = mine.filter((each) => each.name === name);
    const [have] = found;
    if (found.length > 1) {
      throw new CommandFailure(`you have ${found.length} schedules with the name ${name}: a file needs them to differ`);
    }
    if (entry === null) return have === undefined ? [] : [deletion(have)];
    const fields = wholeDifferences(have === undefined ? {} : settingsOf(have), entry);
    if (fields.length === 0) return [];
    return [{
      action: have === undefined ? 'create' : 'update', section: 'schedules', name,
      fields: fields.filter(({ path }) => path !== 'name'),
      apply: () => (have === undefined
        ? client.createSchedule({ body: entry }, { signal })
        : client.replaceSchedule({ params: { id: have.scheduleId }, body: entry }, { signal })),
    }];
  })];
}

export async function exportSchedules(access: Access): Promise<Readonly<Record<string, object>>> {
  const mine = await readMine(access);
  return Object.fromEntries(mine.map((each) => {
    const { name, ...settings } = settingsOf(each) as { readonly name: string };
    return [name, settings];
  }));
}

async function readMine({ client, signal }: Access): Promise<readonly Shown[]> {
  const { userId: owner } = await client.me({}, { signal });
  const { entries } = await pages('', true, async (cursor) => {
    const page = await client.listSchedules({ query: { owner, limit: 200, ...(cursor && { cursor }) } }, { signal });
    return { entries: page.schedules, next: page.nextCursor };
  });
  return entries;
}

/** What was sent of it. */
function settingsOf(schedule: Shown): object {
  const {
    scheduleId: _, ownerId, ownerDisabled, kindUnknown, nextAt, nextTicks, lastAt, lastJobId, createdAt, updatedAt,
    ...settings
  } = schedule;
  return settings;
}
