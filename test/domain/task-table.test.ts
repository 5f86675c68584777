import { describe, expect, it } from 'vitest';
import type { Result } from '../../src/domain/errors.ts';
import type { DependencyNews } from '../../src/domain/job/dependencies.ts';
import type { Decision, Effect } from '../../src/domain/job/kind.ts';
import { taskLifecycle } from '../../src/kinds/task/domain/lifecycle.ts';
import type { TaskEvent } from '../../src/kinds/task/domain/types.ts';
import {
  addDependent, cancel, create, decide, dependencyEnded, retry, says, startedAt, taskAfter, type Step, type Task,
} from './tasks.ts';

const key = create({ dedupeKey: 'import-7', webhookUrl: 'https://example.com/hook' });
const wait = { waitsFor: ['a'] };

/** A task in every state; where the rules look at more than the state, several. Of two attempts, if nothing is said. */
const tasks = {
  none: null,
  pending: taskAfter(create()),
  /** To be begun in a minute. */
  later: taskAfter(create({}, { runAt: startedAt + 60_000 })),
  /** With a dedupe key and a webhook, and another task waits for it. */
  known: taskAfter(key, addDependent('d')),
  waiting: taskAfter(create({ dependsOn: ['a'] }, wait)),
  waitingForTwo: taskAfter(create({ dependsOn: ['a', 'b'] }, { waitsFor: ['a', 'b'] })),
  /** Is begun even if what it waits for fails. */
  patient: taskAfter(create({ dependsOn: ['a'], onDependencyFailure: 'run' }, wait)),
  first: taskAfter(create(), 'claim'),
  last: taskAfter(create({ maxAttempts: 1 }), 'claim'),
  calledOff: taskAfter(create(), 'claim', cancel),
  knownFirst: taskAfter(key, addDependent('d'), 'claim'),
  again: taskAfter(create(), 'claim', says.fail()),
  /** An earlier attempt has done a step of it. */
  stepped: taskAfter(create(), 'claim', says.step('upload'), says.release(), 'claim'),
  /** Its handler waits for a child `a`. */
  suspended: taskAfter(create(), 'claim', says.child('a'), says.suspend(['a'])),
  completed: taskAfter(create(), 'claim', says.complete()),
  failed: taskAfter(create({ maxAttempts: 1 }), 'claim', says.fail()),
  canceled: taskAfter(create(), cancel),
} as const satisfies Record<string, Task | null>;

/** A token that no lease of these tasks ever had. */
const stale = (say: (token: number) => Step): Step => say(1);

const given = {
  create: create(),
  'create for later': create({ priority: 5, timeoutMs: 9_000 }, { runAt: startedAt + 60_000 }),
  'create to wait': create({ concurrencyKey: 'k', dependsOn: ['a'] }, wait),
  cancel,
  retry: retry(),
  'retry and wait': retry('a'),
  'add dependent d': addDependent('d'),
  'a succeeded': dependencyEnded('a', 'succeeded'),
  'a failed': dependencyEnded('a', 'failed'),
  'a canceled': dependencyEnded('a', 'canceled'),
  'x failed': dependencyEnded('x', 'failed'),
  progress: says.progress(3, 10),
  'progress, stale': stale(says.progress(3, 10) as never),
  error: says.error('no street', 'row 7'),
  'error, stale': stale(says.error('no street') as never),
  cost: says.cost(1_500),
  'cost, stale': stale(says.cost(1_500) as never),
  step: says.step('upload', { key: 'a' }),
  'step, stale': stale(says.step('upload') as never),
  'start child a': says.child('a'),
  'startChild, stale': stale(says.child('a') as never),
  'wait for a': says.suspend(['a']),
  'sleep for a minute': says.suspend([], 60_000),
  'suspend, stale': stale(says.suspend([]) as never),
  complete: says.complete({ imported: 3 }),
  'complete, stale': stale(says.complete() as never),
  fail: says.fail(),
  'fail for good': says.fail(false),
  'fail, again in 5 s': says.fail(true, 5_000),
  'fail, stale': stale(says.fail() as never),
  return: says.release(),
  'release, stale': stale(says.release() as never),
  'worker silent': says.silent(),
  'time over': says.silent(true),
  'worker silent, stale': stale(says.silent() as never),
} as const satisfies Record<string, Step>;

type TaskName = keyof typeof tasks;
type CommandName = keyof typeof given;
type Row = Record<TaskName, string>;

const nothing = '-';
const ended = ['completed', 'failed', 'canceled'] as const;
const stopped = 'TaskCanceled>canceled (requested); withdraw';
const told = (phase: string): string => `withdraw, release import-7, tell d ${phase}, webhook`;

/** What each command does to each task; `-` is nothing, `!code` a refusal. */
const table: Record<CommandName, Row> = {
  create: { ...everywhere(nothing), none: 'TaskCreated>pending; offer +0' },
  'create for later': { ...everywhere(nothing), none: 'TaskCreated>pending; offer +59000 priority 5 timeout 9000' },
  'create to wait': { ...everywhere(nothing), none: 'TaskCreated>pending waits for a; offer blocked +0 key k' },
  cancel: {
    ...everywhere(stopped), ...at(ended, '!conflict'),
    known: `TaskCanceled>canceled (requested); ${told('canceled')}`,
    first: 'CancelRequested; call off', last: 'CancelRequested; call off', knownFirst: 'CancelRequested; call off',
    stepped: 'CancelRequested; call off',
    suspended: 'TaskCanceled>canceled (requested); withdraw, cancel children',
    calledOff: nothing,
  },
  retry: { ...everywhere('!invalid_state'), ...at(['failed', 'canceled'], 'TaskRetried>pending attempt 0; offer +0') },
  'retry and wait': {
    ...everywhere('!invalid_state'),
    ...at(['failed', 'canceled'], 'TaskRetried>pending attempt 0 waits for a; offer blocked +0'),
  },
  'add dependent d': { ...everywhere('DependentAdded d'), ...at([...ended, 'known', 'knownFirst'], nothing) },
  'a succeeded': {
    ...everywhere(nothing), waiting: 'DependencyEnded a succeeded; offer +0',
    waitingForTwo: 'DependencyEnded a succeeded', suspended: 'DependencyEnded a succeeded; offer +0',
    patient: 'DependencyEnded a succeeded; offer +0',
  },
  'a failed': onDependency('failed', 'failed'),
  'a canceled': onDependency('canceled', 'was canceled'),
  'x failed': everywhere(nothing),
  progress: onlyHeld('ProgressReported 3/10'),
  error: onlyHeld('ErrorReported row 7: no street'),
  cost: onlyHeld('CostReported 1500'),
  step: { ...onlyHeld('StepCompleted upload'), stepped: nothing },
  'start child a': { ...onlyHeld('ChildStarted a'), calledOff: '!conflict' },
  'wait for a': { ...onlyHeld('TaskSuspended>pending attempt 0 waits for a; offer blocked +0'), calledOff: stopped },
  'sleep for a minute': { ...onlyHeld('TaskSuspended>pending attempt 0; offer +60000'), calledOff: stopped },
  complete: {
    ...onlyHeld('TaskCompleted>completed; withdraw'), calledOff: stopped,
    knownFirst: `TaskCompleted>completed; ${told('succeeded')}`,
  },
  fail: onFailure('no such file', 1_000),
  'fail for good': {
    ...onlyHeld('TaskFailed>failed: no such file; withdraw'), calledOff: stopped,
    knownFirst: `TaskFailed>failed: no such file; ${told('failed')}`,
  },
  'fail, again in 5 s': onFailure('no such file', 5_000),
  return: { ...onlyHeld('TaskReleased>pending attempt 0; offer +0'), calledOff: stopped },
  'worker silent': { ...onFailure('The worker sent no heartbeat in time.', 0), ...at(unheld(), nothing) },
  'time over': { ...onFailure('The attempt took longer than its null ms.', 1_000), ...at(unheld(), nothing) },
  'worker silent, stale': everywhere(nothing),
  ...everyStale(['progress', 'error', 'cost', 'step', 'startChild', 'suspend', 'complete', 'fail', 'release']),
};

function everywhere(outcome: string): Row {
  const cells = Object.keys(tasks).map((name) => [name, name === 'none' ? '' : outcome]);
  return Object.fromEntries(cells) as Row;
}

function at(names: readonly TaskName[], outcome: string): Partial<Row> {
  return Object.fromEntries(names.map((name) => [name, outcome]));
}

function unheld(): TaskName[] {
  return (Object.keys(tasks) as TaskName[]).filter((name) => name !== 'none' && tasks[name]?.state !== 'processing');
}

/** For whom no worker has it, the word of one is refused. */
function onlyHeld(outcome: string): Row {
  return { ...everywhere(outcome), ...at(unheld(), '!lease_lost') };
}

function onFailure(message: string, pauseMs: number): Row {
  return {
    ...onlyHeld(`AttemptFailed>pending: ${message}; offer +${pauseMs}`),
    last: `TaskFailed>failed: ${message}; withdraw`,
    calledOff: stopped,
  };
}

function onDependency(state: string, words: string): Row {
  const outcome = `DependencyEnded a ${state}, TaskCanceled>canceled (job a, which it depends on, ${words}); withdraw`;
  return {
    ...everywhere(nothing), ...at(['waiting', 'waitingForTwo'], outcome),
    patient: `DependencyEnded a ${state}; offer +0`, suspended: `DependencyEnded a ${state}; offer +0`,
  };
}

function everyStale<K extends string>(commands: readonly K[]): Record<`${K}, stale`, Row> {
  return Object.fromEntries(commands.map((command) => [`${command}, stale`, everywhere('!lease_lost')])) as never;
}

function summary(decision: Result<Decision<TaskEvent>>): string {
  if (!decision.ok) return `!${decision.refusal.code}`;
  const { events, effects } = decision.value;
  if (events.length + effects.length === 0) return nothing;
  return [events.map(summaryOfEvent).join(', '), effects.map(summaryOfEffect).join(', ')].filter(Boolean).join('; ');
}

function summaryOfEvent(event: TaskEvent): string {
  const head = event.state === undefined ? event.type : `${event.type}>${event.state}`;
  switch (event.type) {
    case 'TaskCreated':
    case 'TaskSuspended':
    case 'TaskRetried': {
      const waits = event.waitsFor.length === 0 ? '' : ` waits for ${event.waitsFor.join(', ')}`;
      return `${head}${event.attempt === undefined ? '' : ` attempt ${event.attempt}`}${waits}`;
    }
    case 'TaskReleased':
    case 'TaskStarted':
      return `${head} attempt ${event.attempt}`;
    case 'ProgressReported':
      return `${head} ${event.processed}/${event.total}`;
    case 'ErrorReported':
      return `${head} ${event.error.item}: ${event.error.message}`;
    case 'CostReported':
      return `${head} ${event.microUsd}`;
    case 'StepCompleted':
      return `${head} ${event.step.name}`;
    case 'ChildStarted':
      return `${head} ${event.childId}`;
    case 'DependentAdded':
      return `${head} ${event.jobId}`;
    case 'DependencyEnded':
      return `${head} ${event.jobId} ${event.outcome}`;
    case 'AttemptFailed':
    case 'TaskFailed':
      return `${head}: ${event.error.message}`;
    case 'TaskCanceled':
      return `${head} (${event.reason})`;
    case 'CancelRequested':
    case 'TaskCompleted':
      return head;
  }
}

const now = startedAt + 1_000;

function summaryOfEffect(effect: Effect): string {
  switch (effect.type) {
    case 'offer-work': {
      const { blocked, dueAt, priority, timeoutMs, concurrencyKey } = effect.work;
      const more = [
        priority === 0 ? '' : ` priority ${priority}`, timeoutMs === null ? '' : ` timeout ${timeoutMs}`,
        concurrencyKey === null ? '' : ` key ${concurrencyKey}`,
      ];
      return `offer${blocked ? ' blocked' : ''} +${dueAt - now}${more.join('')}`;
    }
    case 'request-cancel':
      return 'call off';
    case 'withdraw-work':
      return 'withdraw';
    case 'release-key':
      return effect.scope === 'ada:dedupe:import' ? `release ${effect.key}` : `release of ${effect.scope}`;
    case 'post': {
      if (effect.topic === 'webhook') return 'webhook';
      if (effect.topic === 'children') return 'cancel children';
      const { dependents, phase } = effect.payload as DependencyNews;
      return `tell ${dependents.join(', ')} ${phase}`;
    }
    default:
      return `unexpected ${effect.type}`;
  }
}

const cells = Object.entries(table).flatMap(([command, row]) =>
  Object.entries(row)
    .filter(([, outcome]) => outcome !== '')
    .map(([name, outcome]) => ({ name: name as TaskName, command: command as CommandName, outcome })),
);

describe('every state of a task under every command', () => {
  it('are covered for every declared state', () => {
    const states = new Set(Object.values(tasks).map((job) => job?.state));
    expect([...states].sort()).toEqual([undefined, ...taskLifecycle.stateNames].sort());
  });

  it('are covered for every command that may change the state', () => {
    const types = Object.values(given).map((step: Step) => (typeof step === 'function' ? step(1) : step) as Step);
    const said = new Set(types.map((step) => (typeof step === 'object' ? step.type : step)));
    const declared = taskLifecycle.transitions.map(({ command }) => command).filter((command) => command !== 'claim');
    expect(declared.filter((command) => !said.has(command as never))).toEqual([]);
  });

  it.each(cells)('$name: $command → $outcome', ({ name, command, outcome }) => {
    expect(summary(decide(tasks[name], given[command], now))).toBe(outcome);
  });

  it('never changes the job that it was asked about', () => {
    const before = structuredClone(tasks);
    for (const { name, command } of cells) decide(tasks[name], given[command], now);
    expect(tasks).toEqual(before);
  });
});
