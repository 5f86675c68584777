import type { Job } from '../../../domain/job/job.ts';
import { rulesOf } from '../application/rules.ts';
import { imageQueue } from '../domain/decide.ts';
import { imageSet, rememberedKeys } from '../domain/kind.ts';
import type { ImageSetEvent, ImageSetJob } from '../domain/types.ts';
import { messagesToDependents } from '../../../testing/simulator/dependents.ts';
import type { JobView, KindModel } from '../../../testing/simulator/kind-model.ts';
import { shown } from '../../../testing/simulator/invariant.ts';
import { weighted } from '../../../testing/simulator/weighted.ts';
import { canceling, confirming, creating, executing, looking, type KeyUses } from './clients.ts';
import { createRuleAct } from './rules.ts';
import { acknowledging, lastPull, pulling, reporting, type Hands } from './workers.ts';

/** What the deadline reaper says, unlike the queue that gives up. */
const lateReason = 'The time limit of the job has passed.';

/** Image sets, as people and GPU workers use and misuse them. */
export function createImageSetModel(): KindModel {
  const uses: KeyUses = new Map();
  const hands: Hands = { deliveries: [], newest: new Map() };
  return {
    kind: imageSet as never,
    act: weighted([
      [4, creating(uses)],
      [6, confirming],
      [9, executing],
      [9, reporting],
      [5, pulling(hands)],
      [5, acknowledging(hands)],
      [1, canceling],
      [1, looking],
      [1, createRuleAct()],
    ]),
    paid: {
      holds: (job) => {
        const { total, itemCount } = (job as ImageSetJob).fields;
        return total ?? itemCount;
      },
      delivered,
    },
    ruleSlots: async (store, accountId) => (await rulesOf(store, accountId)).length,
    leased: null,
    messages: (events) => [
      ...events.flatMap(({ body }) => (body.type === 'JobQueued' ? [`queue:${imageQueue}`] : [])),
      ...messagesToDependents(imageSet.lifecycle, events),
    ],
    clearUp: lastPull,
    invariants: [
      {
        guarantee: 'G2',
        name: 'a set counts what its items say',
        check: ({ job }) => {
          const { done, failed } = (job as ImageSetJob).fields;
          return done === delivered(job) && failed === job.items.size - done ? null : shown(job);
        },
      },
      {
        guarantee: 'G1',
        name: 'a set expires at its deadline and not before',
        check: ({ events }) => {
          const early = expiries(events).filter(({ at, deadlineAt }) => at < deadlineAt);
          return early.length === 0 ? null : shown(early);
        },
      },
      {
        guarantee: 'G2',
        name: 'a set remembers a bounded number of keys',
        check: ({ job }) => ((job as ImageSetJob).fields.keys.length <= rememberedKeys ? null : shown(job)),
      },
    ],
  };
}

function delivered({ items }: Job): number {
  return [...items.values()].filter(({ state }) => state === 'done').length;
}

/** When the deadline ended a set or one of its items, and what the deadline was. */
function expiries(events: JobView['events']): { at: number; deadlineAt: number }[] {
  let deadlineAt = Infinity;
  return events.flatMap(({ body, occurredAt, actor }) => {
    const event = body as ImageSetEvent;
    const isLate = event.type === 'ItemRecorded' && event.result.error === lateReason;
    const isExpiry = actor === 'system' && (isLate || (event.type === 'JobCanceled' && event.reason === 'expired'));
    const found = isExpiry ? [{ at: occurredAt, deadlineAt }] : [];
    deadlineAt = event.deadlineAt ?? deadlineAt;
    return found;
  });
}
