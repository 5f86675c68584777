import { isDeepStrictEqual } from 'node:util';
import { foldAll } from '../../domain/job/fold.ts';
import { shown, type Invariant } from './invariant.ts';
import type { JobView } from './kind-model.ts';

const isEnded = ({ job }: Pick<JobView, 'job'>): boolean => job.endedAt !== null;

/** What is true of a job of every kind after every commit. */
export const jobInvariants: readonly Invariant<JobView>[] = [
  {
    guarantee: 'G1',
    name: 'a job that has ended never changes again, but by what reopens it',
    check: ({ model, job, before, events, eventsBefore }) => {
      if (before === null || before.endedAt === null || isDeepStrictEqual(job, before)) return null;
      const next = events[eventsBefore.length]?.body.state;
      const ways = model.kind.lifecycle.transitions.filter(({ from, reopens }) => from === before.state && reopens);
      return ways.some(({ to }) => to === next) ? null : `${shown(before)} became ${shown(job)}`;
    },
  },
  {
    guarantee: 'G1',
    name: 'a job has ended where its state says so',
    check: ({ job, model }) => (model.kind.lifecycle.isTerminal(job.state) === isEnded({ job }) ? null : shown(job)),
  },
  {
    guarantee: 'G2',
    name: 'an item keeps its first result',
    check: ({ job, before, events }) => {
      const lost = [...(before?.items ?? [])].filter(([idx, item]) => !isDeepStrictEqual(job.items.get(idx), item));
      const recorded = events.filter(({ body }) => body.type === 'ItemRecorded').length;
      return lost.length === 0 && recorded === job.items.size ? null : `${recorded} results, ${shown(job)}`;
    },
  },
  {
    guarantee: 'G4',
    name: "folding a job's events gives the job",
    check: ({ model, job, events }) => {
      // Throws where a transition is not declared or the numbers leave a gap.
      const folded = foldAll<never, never>(model.kind as never, events as never);
      return isDeepStrictEqual(folded, job) ? null : `${shown(folded)} is not ${shown(job)}`;
    },
  },
  {
    guarantee: 'G4',
    name: 'events are appended and never changed',
    check: ({ events, eventsBefore }) =>
      isDeepStrictEqual(events.slice(0, eventsBefore.length), eventsBefore) ? null : shown(eventsBefore),
  },
];

/** What is true of a job that is paid for, beside that. */
export const paidInvariants: readonly Invariant<JobView>[] = [
  {
    guarantee: 'G1',
    name: 'a job that has not ended has a deadline, and one that has ended has none',
    check: ({ job }) => (isEnded({ job }) === (job.deadlineAt === null) ? null : shown(job)),
  },
  {
    guarantee: 'G3',
    name: 'a job holds what it needs until it ends, and then nothing but what was delivered is paid',
    check: ({ job, model: { paid }, reservation }) => {
      if (reservation === null || paid === null) return `${job.id} has no reservation`;
      const { state, held, spent } = reservation;
      const expected = isEnded({ job })
        ? { settled: true, held: 0, spent: paid.delivered(job) }
        : { settled: false, held: paid.holds(job), spent: 0 };
      const right = isDeepStrictEqual({ settled: state !== 'held', held, spent }, expected);
      return right ? null : `${shown(reservation)} of ${shown(job)}`;
    },
  },
  {
    guarantee: 'G2',
    name: 'the history is written when the job ends, whole and once',
    check: ({ job, model: { kind, paid }, history, reservation }) => {
      if (!isEnded({ job })) return history === null ? null : `${job.id} has a history and has not ended`;
      if (history === null) return `${job.id} has ended without a history`;
      const { itemsDone, itemsFailed, itemsTotal, creditsSpent, state } = history.job;
      const failed = [...job.items.values()].filter((item) => item.state === 'failed').length;
      const delivered = job.items.size - failed;
      const movements = history.billing.map(({ sequence, type, amount }) => ({ sequence, type, amount }));
      const expected = {
        state: job.state,
        itemsTotal: kind.itemCount(job.fields as never),
        itemsDone: delivered,
        itemsFailed: failed,
        creditsSpent: paid?.delivered(job),
        items: kind.itemCount(job.fields as never),
        movements: reservation?.movements.map(({ sequence, type, amount }) => ({ sequence, type, amount })),
      };
      const items = history.items.length;
      const written = { state, itemsTotal, itemsDone, itemsFailed, creditsSpent, items, movements };
      return isDeepStrictEqual(written, expected) ? null : `${shown(history)} of ${shown(job)}`;
    },
  },
];

/** What is true of one that costs nothing. */
export const unpaidInvariants: readonly Invariant<JobView>[] = [
  {
    guarantee: 'G3',
    name: 'a job that costs nothing holds nothing',
    check: ({ reservation, history }) =>
      reservation === null && history === null ? null : `${shown(reservation)} ${shown(history)}`,
  },
];
