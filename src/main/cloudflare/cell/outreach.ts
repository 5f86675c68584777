import type { ScheduleInput } from '../../../application/schedules/content.ts';
import type { ScheduleView, Schedules } from '../../../application/schedules/schedules.ts';
import type { Webhooks } from '../../../application/webhooks/webhooks.ts';
import type { RequestContext } from '../../../application/request.ts';
import { ok, refuse, type Result } from '../../../domain/errors.ts';
import { firstCell } from './place.ts';
import type { Cells } from './cells.ts';
import { mergedPage, sourcesOf, type Asked } from './pages.ts';

/** Each schedule is in the cell of what it submits. */
export function schedulesOf(cells: Cells): Schedules {
  const of = (id: string): Schedules => cells.part(cells.ofId(id), 'schedules');
  const ofInput = ({ job: { type = '' } }: ScheduleInput): number => cells.ofType(type);
  return {
    create: (context, input, idempotencyKey) =>
      cells.part(ofInput(input), 'schedules').create(context, input, idempotencyKey),
    list: async (context, filter) => {
      const lists = cells.all.map((cell) => (page: Asked) =>
        cells.part(cell, 'schedules').list(context, { ...filter, ...page }));
      const sources = sourcesOf(lists, ({ schedules }) => schedules);
      const order = { placeOf: ({ schedule }: ScheduleView) => schedule.id, newestFirst: false };
      const found = await mergedPage(sources, order, filter);
      return found.ok ? ok({ schedules: found.value.rows, nextCursor: found.value.nextCursor }) : found;
    },
    get: (context, id) => of(id).get(context, id),
    replace: async (context, id, input) => {
      const found = await of(id).get(context, id);
      if (!found.ok || ofInput(input) === cells.ofId(id)) return of(id).replace(context, id, input);
      return inAnotherCell;
    },
    delete: (context, id) => of(id).delete(context, id),
    trigger: (context, id, idempotencyKey) => of(id).trigger(context, id, idempotencyKey),
  };
}

const inAnotherCell = refuse(
  'conflict', 'Tasks of this type are in another cell (TASK_CELLS): delete the schedule, and create another one.',
);

/** All of one owner, in all cells. Answers how many were enabled. */
export async function disableSchedules(
  cells: Cells,
  context: RequestContext,
  ownerId: string,
): Promise<Result<number>> {
  let count = 0;
  for (const cell of cells.all) {
    const disabled = await cells.part(cell, 'schedules').disableAll(context, ownerId);
    if (!disabled.ok) return disabled;
    count += disabled.value;
  }
  return ok(count);
}

/** Deliveries are in the cells of their jobs, secrets in the first. */
export function webhooksOf(cells: Cells): Webhooks {
  const first = cells.part(firstCell, 'webhooks');
  const each = cells.all.map((cell) => cells.part(cell, 'webhooks'));
  const of = (id: string): Webhooks => cells.part(cells.ofId(id), 'webhooks');
  return {
    secrets: (context) => first.secrets(context),
    rotateSecret: (context) => first.rotateSecret(context),
    deliveries: async (context, filter) => {
      const lists = each.map((webhooks) => (page: Asked) => webhooks.deliveries(context, { ...filter, ...page }));
      const sources = sourcesOf(lists, ({ deliveries }) => deliveries);
      const found = await mergedPage(sources, { placeOf: ({ id }) => id, newestFirst: true }, filter);
      return found.ok ? ok({ deliveries: found.value.rows, nextCursor: found.value.nextCursor }) : found;
    },
    delivery: (context, id) => of(id).delivery(context, id),
    replay: (context, id) => of(id).replay(context, id),
    test: (context, url) => first.test(context, url),
    disabled: async (context) => {
      const byUrl = new Map<string, { readonly url: string; readonly disabledAt: number }>();
      for (const webhooks of each) {
        const found = await webhooks.disabled(context);
        if (!found.ok) return found;
        for (const one of found.value) byUrl.set(one.url, one);
      }
      return ok([...byUrl.values()]);
    },
    enable: async (context, url) => {
      const all = await Promise.all(each.map((webhooks) => webhooks.enable(context, url)));
      return all.find(({ ok: isEnabled }) => isEnabled) ?? all[0]!;
    },
  };
}
