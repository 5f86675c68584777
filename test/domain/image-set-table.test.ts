import { describe, expect, it } from 'vitest';
import type { Result } from '../../src/domain/errors.ts';
import type { Decision, Effect } from '../../src/domain/job/kind.ts';
import { imageSetLifecycle } from '../../src/kinds/image-set/domain/lifecycle.ts';
import type { ImageSetCommand, ImageSetEvent, ImageSetJob } from '../../src/kinds/image-set/domain/types.ts';
import { commands, decide, resultOf, setAfter, startedAt, timeLimitMs, uploadTimeLimitMs } from './image-sets.ts';

const { create, confirm, execute, done, failed, cancel, expire, giveUp } = commands;

/** A set in every state; where the rules look at more than the state, several. */
const sets = {
  none: null,
  /** Of three items, not confirmed. */
  created: setAfter(create(3)),
  /** Of three items, two confirmed; so are those that follow. */
  uploaded: setAfter(create(3), confirm(2)),
  queued: setAfter(create(3), confirm(2), execute()),
  single: setAfter(create(1), confirm(1), execute()),
  oneDone: setAfter(create(3), confirm(2), execute(), done(0)),
  oneFailed: setAfter(create(3), confirm(2), execute(), failed(0)),
  done: setAfter(create(3), confirm(2), execute(), done(0), failed(1)),
  failed: setAfter(create(3), confirm(2), execute(), failed(0), failed(1)),
  canceled: setAfter(create(3), cancel()),
  canceledLate: setAfter(create(3), confirm(2), execute(), done(0), cancel()),
} as const satisfies Record<string, ImageSetJob | null>;

const given = {
  'create 1': create(1),
  'create 200': create(200),
  'create 0': create(0),
  'create 201': create(201),
  'create 1.5': create(1.5),
  'create NaN': create(NaN),
  'confirm 0': confirm(0),
  'confirm 1': confirm(1),
  'confirm 1.5': confirm(1.5),
  'confirm 3': confirm(3),
  'confirm 4': confirm(4),
  'confirm NaN': confirm(NaN),
  execute: execute(),
  'item -1': done(-1),
  'item 0.5': done(0.5),
  'item 0 done': done(0),
  'item 0 failed': failed(0),
  'item 0, another key': failed(0, 'another'),
  'item 1 done': done(1),
  'item 1 failed': failed(1),
  'item 1, key of 0': done(1, 'key-0'),
  'item 2': done(2),
  'item 3': done(3),
  cancel: cancel(),
  'expire in time': expire(),
  'expire overdue': expire(),
  'give up': giveUp(),
} as const satisfies Record<string, ImageSetCommand>;

type SetName = keyof typeof sets;
type CommandName = keyof typeof given;

const cancelCreated = 'JobCanceled>canceled requested; settle 0 rollback, history, unpaid';
const expireCreated = 'JobCanceled>canceled expired; settle 0 rollback, history, unpaid';
const bothExpire = 'ItemRecorded 0 failed, ItemRecorded 1 failed, JobFailed>failed; settle 0 commit, history, unpaid';

/** What each command does to each set; `-` is nothing, `!code` a refusal. */
const table: Record<CommandName, Record<SetName, string>> = {
  ...onCreate({ 'create 1': 'JobCreated>created 1', 'create 200': 'JobCreated>created 200' }),
  ...onCreate({ 'create 0': '!invalid_request', 'create 201': '!invalid_request' }),
  ...onCreate({ 'create 1.5': '!invalid_request', 'create NaN': '!invalid_request' }),
  'confirm 0': only('created', '!invalid_request'),
  'confirm 1': only('created', 'UploadConfirmed>uploaded 1; keep 1'),
  'confirm 1.5': only('created', '!invalid_request'),
  'confirm 3': only('created', 'UploadConfirmed>uploaded 3'),
  'confirm 4': only('created', '!invalid_request'),
  'confirm NaN': only('created', '!invalid_request'),
  execute: only('uploaded', 'JobQueued>queued; send gpu-jobs'),
  'item -1': { ...everywhere('!invalid_request'), none: '' },
  'item 0.5': { ...everywhere('!invalid_request'), none: '' },
  'item 0 done': onItem({
    queued: 'JobStarted>running, ItemRecorded 0 done',
    single: 'JobStarted>running, ItemRecorded 0 done, JobCompleted>done; settle 1 commit, history, paid',
    oneDone: '-', oneFailed: '-',
  }),
  'item 0 failed': onItem({
    queued: 'JobStarted>running, ItemRecorded 0 failed',
    single: 'JobStarted>running, ItemRecorded 0 failed, JobFailed>failed; settle 0 commit, history, unpaid',
    oneDone: '-', oneFailed: '-',
  }),
  'item 0, another key': onItem({
    queued: 'JobStarted>running, ItemRecorded 0 failed',
    single: 'JobStarted>running, ItemRecorded 0 failed, JobFailed>failed; settle 0 commit, history, unpaid',
    oneDone: '-', oneFailed: '-',
  }),
  'item 1 done': onItem({
    queued: 'JobStarted>running, ItemRecorded 1 done',
    single: '!invalid_request',
    oneDone: 'ItemRecorded 1 done, JobCompleted>done; settle 2 commit, history, paid',
    oneFailed: 'ItemRecorded 1 done, JobCompleted>done; settle 1 commit, history, paid',
  }),
  'item 1 failed': onItem({
    queued: 'JobStarted>running, ItemRecorded 1 failed',
    single: '!invalid_request',
    oneDone: 'ItemRecorded 1 failed, JobCompleted>done; settle 1 commit, history, paid',
    oneFailed: 'ItemRecorded 1 failed, JobFailed>failed; settle 0 commit, history, unpaid',
  }),
  'item 1, key of 0': onItem({
    queued: 'JobStarted>running, ItemRecorded 1 done', single: '!invalid_request', oneDone: '-', oneFailed: '-',
  }),
  // Two of three were confirmed: the third is outside, but for the sets that were never confirmed.
  'item 2': { ...everywhere('!invalid_request'), none: '', created: '!conflict', canceled: '-' },
  'item 3': { ...everywhere('!invalid_request'), none: '' },
  cancel: {
    none: '', created: cancelCreated, uploaded: cancelCreated, queued: cancelCreated, single: cancelCreated,
    oneDone: 'JobCanceled>canceled requested; settle 1 rollback, history, partly paid',
    oneFailed: cancelCreated,
    done: '!invalid_state', failed: '!invalid_state', canceled: '!invalid_state', canceledLate: '!invalid_state',
  },
  'expire in time': { ...everywhere('-'), none: '' },
  'expire overdue': onExpiry(),
  'give up': onExpiry(),
};

function everywhere(outcome: string): Record<SetName, string> {
  return Object.fromEntries(Object.keys(sets).map((name) => [name, outcome])) as Record<SetName, string>;
}

/** In that state alone; nowhere else, but always with a refusal. */
function only(name: SetName, outcome: string): Record<SetName, string> {
  return { ...everywhere('!invalid_state'), none: '', [name]: outcome };
}

function onCreate<K extends CommandName>(outcomes: Record<K, string>): Record<K, Record<SetName, string>> {
  const rows = Object.entries<string>(outcomes).map(([name, outcome]) => [name, { ...everywhere('-'), none: outcome }]);
  return Object.fromEntries(rows) as Record<K, Record<SetName, string>>;
}

function onItem(outcomes: Record<'queued' | 'single' | 'oneDone' | 'oneFailed', string>): Record<SetName, string> {
  return { ...everywhere('-'), none: '', created: '!conflict', uploaded: '!conflict', ...outcomes };
}

function onExpiry(): Record<SetName, string> {
  return {
    ...everywhere('-'),
    none: '',
    created: expireCreated,
    uploaded: expireCreated,
    queued: `JobStarted>running, ${bothExpire}`,
    single: 'JobStarted>running, ItemRecorded 0 failed, JobFailed>failed; settle 0 commit, history, unpaid',
    oneDone: 'ItemRecorded 1 failed, JobCompleted>done; settle 1 commit, history, paid',
    oneFailed: 'ItemRecorded 1 failed, JobFailed>failed; settle 0 commit, history, unpaid',
  };
}

function summary(decision: Result<Decision<ImageSetEvent>>): string {
  if (!decision.ok) return `!${decision.refusal.code}`;
  const { events, effects } = decision.value;
  if (events.length + effects.length === 0) return '-';
  const said = effects.map(summaryOfEffect).join(', ');
  const kept = Object.entries(keptAs).find(([, policies]) => said.endsWith(policies));
  const short = kept === undefined ? said : said.replace(kept[1], kept[0]);
  return [events.map(summaryOfEvent).join(', '), short].filter(Boolean).join('; ');
}

/** What becomes of the objects of a set that has ended. */
const keptAs = {
  paid: 'results as results, inputs as inputs',
  'partly paid': 'results as results, inputs as discarded',
  unpaid: 'results as discarded, inputs as discarded',
};

function summaryOfEvent(event: ImageSetEvent): string {
  const head = event.state === undefined ? event.type : `${event.type}>${event.state}`;
  switch (event.type) {
    case 'JobCreated':
      return `${head} ${event.itemCount}`;
    case 'UploadConfirmed':
      return `${head} ${event.total}`;
    case 'ItemRecorded':
      return `${head} ${event.result.idx} ${event.result.status}`;
    case 'JobCanceled':
      return `${head} ${event.reason}`;
    default:
      return head;
  }
}

function summaryOfEffect(effect: Effect): string {
  switch (effect.type) {
    case 'shrink-reservation':
      return `keep ${effect.keep}`;
    case 'settle-reservation':
      return `settle ${effect.delivered} ${effect.outcome}`;
    case 'send-message':
      return `send ${effect.queue}`;
    case 'record-history':
      return 'history';
    case 'end-objects':
      return `${effect.part} as ${effect.policy}`;
    default:
      throw new Error(`no image set says ${effect.type}`);
  }
}

const overdueAt = startedAt + uploadTimeLimitMs + timeLimitMs;
const cells = Object.entries(table).flatMap(([command, row]) =>
  Object.entries(row)
    .filter(([, outcome]) => outcome !== '')
    .map(([set, outcome]) => ({ set: set as SetName, command: command as CommandName, outcome })),
);

describe('every state of an image set under every command', () => {
  it('stands for every state that is declared', () => {
    const states = new Set(Object.values(sets).map((set) => set?.state));
    expect([...states].sort()).toEqual([undefined, ...imageSetLifecycle.stateNames].sort());
  });

  it('stands for every command', () => {
    const types = new Set(Object.values(given).map(({ type }) => type));
    expect([...types].sort()).toEqual([...new Set(imageSetLifecycle.transitions.map(({ command }) => command))].sort());
  });

  it.each(cells)('$set: $command → $outcome', ({ set, command, outcome }) => {
    const now = command === 'expire overdue' ? overdueAt : startedAt + 1000;
    expect(summary(decide(sets[set], given[command], now))).toBe(outcome);
  });

  it('never changes the job that it was asked about', () => {
    const before = structuredClone(sets);
    for (const { set, command } of cells) decide(sets[set], given[command], overdueAt);
    expect(sets).toEqual(before);
  });
});

describe('the deadline of an image set', () => {
  it('gives a new set the time to upload', () => {
    expect(setAfter(create(3)).deadlineAt).toBe(startedAt + uploadTimeLimitMs);
  });

  it('gives no more time at confirm-upload', () => {
    expect(sets.uploaded.deadlineAt).toBe(startedAt + uploadTimeLimitMs);
  });

  it('counts the time limit from execute, two milliseconds after the start', () => {
    expect(sets.queued.deadlineAt).toBe(startedAt + 2 + timeLimitMs);
  });

  it('ends with the job', () => {
    const ended = [sets.done, sets.failed, sets.canceled, sets.canceledLate];
    expect(ended.map(({ deadlineAt }) => deadlineAt)).toEqual([null, null, null, null]);
  });

  it('expires at the millisecond of the deadline and not before', () => {
    const deadline = startedAt + uploadTimeLimitMs;
    expect(summary(decide(sets.created, expire(), deadline - 1))).toBe('-');
    expect(summary(decide(sets.created, expire(), deadline))).toBe(expireCreated);
  });

  it('is checked again when it was found to have passed, and spares a set that was executed meanwhile', () => {
    const seen = startedAt + uploadTimeLimitMs;
    expect(summary(decide(sets.queued, expire(), seen))).toBe('-');
  });
});

describe('what an executed set keeps', () => {
  it('is what execute said', () => {
    const output = { format: 'jpeg', background: '#000000', quality: 70 } as const;
    const asked = { ...execute(), force: true, output } as ImageSetCommand;
    expect(setAfter(create(1), confirm(1), asked).fields).toMatchObject({
      concepts: { wall: { action: 'tone', value: 'warm' } }, protect: ['face'], ruleId: null, outputTemplate: null,
      force: true, output,
    });
  });

  it('says why items failed that nobody delivered', () => {
    const late = decide(sets.oneDone, giveUp(), startedAt);
    const errors = late.ok ? late.value.events.flatMap((event) => ('result' in event ? [event.result.error] : [])) : [];
    expect(errors).toEqual(['given up']);
  });

  it.each([
    ['without previews are discarded', null, 'discarded'],
    ['with a preview are kept as results are', 'previews/ada/job/0_thumb.jpg', 'results'],
  ])('objects of a set of failed items %s', (_, previewKey, policy) => {
    const last = (idx: number): ImageSetCommand => ({
      type: 'recordItemResult',
      result: { ...resultOf(idx, 'failed', `key-${idx}`), previewKey: idx === 0 ? previewKey : null },
    });
    const kept = (decision: ReturnType<typeof decide>) =>
      decision.ok ? decision.value.effects.flatMap((e) => (e.type === 'end-objects' ? [[e.part, e.policy]] : [])) : [];
    const expected = [['results', policy], ['inputs', 'discarded']];
    const executed = [create(2), confirm(2), execute()];
    expect(kept(decide(setAfter(...executed, last(0)), last(1), startedAt))).toEqual(expected);
    expect(kept(decide(setAfter(...executed, last(1)), last(0), startedAt))).toEqual(expected);
    expect(kept(decide(setAfter(...executed, last(0)), cancel(), startedAt))).toEqual(expected);
  });

  it('says whether it was canceled on request or expired', () => {
    expect(sets.canceled.fields.cancelReason).toBe('requested');
    expect(sets.queued.fields.cancelReason).toBeNull();
  });
});
