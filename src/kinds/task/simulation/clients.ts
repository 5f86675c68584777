import { tasksAt } from './server.ts';
import type { RequestContext } from '../../../application/request.ts';
import type { SubmitTask, SubmittedTask } from '../application/submit.ts';
import type { TaskSummary } from '../application/queries.ts';
import type { Result } from '../../../domain/errors.ts';
import type { TaskJob } from '../domain/types.ts';
import type { SeededRandom } from '../../../testing/seeded-random.ts';
import type { Ask, Asked, Evidence, Scene } from '../../../testing/simulator/ask.ts';
import { shown } from '../../../testing/simulator/invariant.ts';
import type { Act } from '../../../testing/simulator/kind-model.ts';
import type { Server } from '../../../testing/simulator/server.ts';
import {
  anyTask, causedBy, isHidden, judgeOnceAtMost, judgeRefusal, taskDuring,
} from './judge.ts';

export const taskTypes = ['import', 'geocode'] as const;
const open = ['pending', 'processing'];
const retryable = ['failed', 'canceled'];

interface Use {
  readonly correlationId: string;
  readonly data: unknown;
  /** The task that it was told of. */
  told: string | null;
}

/** Every request with an Idempotency-Key, by user and key. */
export type KeyUses = Map<string, Use[]>;

export function submitting(uses: KeyUses): Act {
  return (scene, random) => {
    const userId = random.pick(scene.users);
    const isKeyed = random.chance(0.2);
    const request = isKeyed ? repeatable(random) : anyRequest(scene, random, userId);
    const scope = `${userId} ${request.idempotencyKey}`;
    const judgeKey = (asked: Asked, evidence: Evidence): string | null => {
      const used = isKeyed ? (uses.get(scope) ?? []) : [{ correlationId: asked.correlationId }];
      const made = used.flatMap((use) => madeBy(use.correlationId, evidence));
      return made.length <= 1 ? null : `${made.length} tasks were made with the key ${scope}`;
    };
    return {
      label: `submit ${shown(request)}`,
      userId,
      send: (server, context) => {
        const use: Use = { correlationId: context.correlationId, data: request.data, told: null };
        if (isKeyed) uses.set(scope, [...(uses.get(scope) ?? []), use]);
        return tasksAt(server).tasks.submit(context, request);
      },
      judge: (result: Result<SubmittedTask>, asked, evidence) => {
        const own = uses.get(scope)?.find(({ correlationId }) => correlationId === asked.correlationId);
        if (own !== undefined && result.ok) own.told = result.value.task.id;
        const others = uses.get(scope)?.filter((use) => use !== own) ?? [];
        return judgeKey(asked, evidence) ?? judgeSubmit({ request, userId, others }, result, asked, evidence);
      },
      judgeUnknown: judgeKey,
    } satisfies Ask<SubmittedTask> as Ask;
  };
}

/** Two bodies for two keys, so that some are repeated and some are not what was said before. */
function repeatable(random: SeededRandom): SubmitTask {
  const data = { body: random.chance(0.8) ? 1 : 2 };
  const dedupeKey = random.chance(0.5) ? { dedupeKey: 'nightly-1' } : {};
  const idempotencyKey = `key-${random.integer(1, 3)}`;
  const deduped = idempotencyKey === 'key-3' ? { dedupeKey: 'nightly-2' } : dedupeKey;
  return { type: 'import', idempotencyKey, data, ...deduped };
}

function anyRequest(scene: Scene, random: SeededRandom, userId: string): SubmitTask {
  // Of every kind.
  const others = scene.truth.jobs().filter(({ ownerId }) => ownerId === userId || random.chance(0.05));
  const now = scene.clock.now();
  return {
    type: random.pick(taskTypes),
    data: random.uint32() % 100,
    maxAttempts: random.integer(1, 3),
    backoff: { firstMs: random.pick([1, 1_000, 30_000]), maxMs: 60_000 },
    ...(random.chance(0.3) ? { priority: random.pick([-5, 1, 5]) } : {}),
    ...(random.chance(0.2) ? { runAt: now + random.pick([-1_000, 1, 1_000, 60_000]) } : {}),
    ...(random.chance(0.2) ? { timeoutMs: random.pick([1_000, 31_000, 120_000]) } : {}),
    ...(random.chance(0.25) ? { dedupeKey: `nightly-${random.integer(1, 2)}` } : {}),
    ...(random.chance(0.4) ? { concurrencyKey: random.pick(['red', 'blue']) } : {}),
    ...(others.length > 0 && random.chance(0.35)
      ? {
          dependsOn: Array.from({ length: random.integer(1, 2) }, () => random.pick(others).id),
          onDependencyFailure: random.pick(['cancel', 'cancel', 'run'] as const),
        }
      : {}),
  };
}

function madeBy(correlationId: string, evidence: Evidence): string[] {
  return evidence.eventsOf(correlationId).flatMap(({ body, jobId }) => (body.type === 'TaskCreated' ? [jobId] : []));
}

function isGone(tasks: readonly (TaskJob | null)[]): boolean {
  return tasks.some((task) => task === null);
}

interface Submission {
  readonly request: SubmitTask;
  readonly userId: string;
  /** Requests with the same key. */
  readonly others: readonly Use[];
}

function judgeSubmit(
  { request, userId, others }: Submission,
  result: Result<SubmittedTask>,
  asked: Asked,
  evidence: Evidence,
): string | null {
  const made = madeBy(asked.correlationId, evidence);
  if (!result.ok) {
    const reasons: Record<string, () => boolean> = {
      idempotency_mismatch: () => others.length > 0,
      not_found: () => {
        const known = others.flatMap((use) => use.told ?? madeBy(use.correlationId, evidence));
        // Of whom nobody heard, nobody knows what was told.
        return others.length > 0 && (known.length === 0 || known.some((id) => isGone(taskDuring(evidence, id, asked))));
      },
      invalid_request: () =>
        (request.dependsOn ?? []).some((id) => isHidden(taskDuring(evidence, id, asked), userId)),
    };
    return judgeRefusal(result.refusal, asked, evidence, reasons[result.refusal.code]?.() ?? false);
  }
  const { task, isNew } = result.value;
  if (task.ownerId !== userId) return `told of ${task.ownerId}'s ${task.id}`;
  if (isNew) return shown(made) === shown([task.id]) ? null : `said to be made, and made was ${shown(made)}`;
  if (made.length > 0) return `said to be there already, and made was ${shown(made)}`;
  const tasks = taskDuring(evidence, task.id, asked).filter((one) => one !== null);
  const isRepeat = others.some(({ correlationId }) => {
    // What the first of them was told may be the task that held the dedupe key.
    return madeBy(correlationId, evidence).includes(task.id) || request.dedupeKey !== undefined;
  });
  const { dedupeKey } = request;
  const holds = (one: TaskJob): boolean => one.endedAt === null && one.input.dedupeKey === dedupeKey;
  const isHolder = dedupeKey !== undefined && tasks.some(holds);
  return tasks.length > 0 && (isRepeat || isHolder) ? null : `told of ${shown(task)}, which holds no such key`;
}

function onTask(
  word: string,
  states: readonly string[],
  send: (server: Server, context: RequestContext, id: string) => Promise<Result<unknown>>,
  judge: (task: TaskJob, result: Result<unknown>, asked: Asked, evidence: Evidence) => string | null,
): Act {
  return (scene, random) => {
    const task = anyTask(scene, random, states);
    if (task === null) return null;
    const userId = random.chance(0.95) ? task.ownerId : random.pick(scene.users);
    return {
      label: `${word} ${task.id}`,
      userId,
      send: (server, context) => send(server, context, task.id),
      judge: (result, asked, evidence) => {
        if (result.ok || result.refusal.code !== 'not_found') return judge(task, result, asked, evidence);
        return judgeRefusal(result.refusal, asked, evidence, isHidden(taskDuring(evidence, task.id, asked), userId));
      },
      judgeUnknown: judgeOnceAtMost,
    };
  };
}

export const cancelingTask = onTask(
  'cancel-task',
  open,
  (server, context, id) => tasksAt(server).tasks.cancel(context, id),
  (task, result, asked, evidence) => {
    const tasks = taskDuring(evidence, task.id, asked);
    if (!result.ok) {
      const isOver = tasks.some((one) => one !== null && one.endedAt !== null);
      return judgeRefusal(result.refusal, asked, evidence, result.refusal.code === 'conflict' && isOver);
    }
    const caused = causedBy(asked, evidence);
    const isDone = caused.length === 1 && /^(TaskCanceled|CancelRequested)$/.test(caused[0] ?? '');
    const wasAsked = caused.length === 0 && tasks.some((one) => one?.fields.cancelRequested);
    return isDone || wasAsked ? null : `said to be canceled, and stored was ${shown(caused)}`;
  },
);

export const retryingTask = onTask(
  'retry-task',
  retryable,
  (server, context, id) => tasksAt(server).tasks.retry(context, id),
  (task, result, asked, evidence) => {
    if (result.ok) {
      const [first, ...more] = evidence.eventsOf(asked.correlationId).filter(({ body }) => body.state !== undefined);
      const { state } = result.value as TaskSummary;
      const isDone = first?.body.type === 'TaskRetried' && first.jobId === task.id && more.length === 0;
      return isDone && state === 'pending' ? null : `said to be ${state}, and stored was ${shown(first)}`;
    }
    const { code, details } = result.refusal;
    const tasks = taskDuring(evidence, task.id, asked);
    if (code === 'invalid_state') {
      const wasSo = tasks.some((one) => one?.state === details?.['state'] && !retryable.includes(one?.state ?? ''));
      return judgeRefusal(result.refusal, asked, evidence, wasSo);
    }
    const holder = taskDuring(evidence, String(details?.['taskId']), asked);
    const holds = (one: TaskJob | null): boolean =>
      one !== null && one.endedAt === null && one.input.dedupeKey === task.input.dedupeKey;
    return judgeRefusal(result.refusal, asked, evidence, code === 'conflict' && holder.some(holds));
  },
);

export const deletingTask = onTask(
  'delete-task',
  ['completed', 'failed', 'canceled'],
  (server, context, id) => tasksAt(server).tasks.remove(context, id),
  (task, result, asked, evidence) => {
    const tasks = taskDuring(evidence, task.id, asked);
    if (result.ok) return evidence.truth.job(task.id) === null ? null : 'said to be deleted, and is there';
    const isOpen = tasks.some((one) => one !== null && one.endedAt === null);
    // It goes with its parent, and after its children have ended.
    const isOfFamily = tasks.some((one) => one !== null && (one.parentId ?? one.fields.children ?? null) !== null);
    return judgeRefusal(result.refusal, asked, evidence, result.refusal.code === 'conflict' && (isOpen || isOfFamily));
  },
);

export const lookingAtTask = onTask(
  'get-task',
  open,
  (server, context, id) => tasksAt(server).tasks.get(context, id),
  (task, result, asked, evidence) => {
    if (!result.ok) return result.refusal.code;
    const { version, state } = result.value as TaskSummary;
    const wasSo = taskDuring(evidence, task.id, asked).some((one) => one?.version === version && one.state === state);
    return wasSo ? null : `told ${version} ${state}, which was so at no moment`;
  },
);

export const limiting: Act = (_scene, random) => {
  const type = random.pick(taskTypes);
  const rate = (): { count: number; windowMs: number } | null =>
    random.chance(0.4) ? { count: random.integer(1, 3), windowMs: random.pick([1_000, 31_000]) } : null;
  const limits = {
    maxRunning: random.pick([null, null, 1, 2]), maxRunningPerKey: random.integer(1, 2),
    rate: rate(), ratePerKey: rate(),
  };
  return {
    label: `limit ${type} ${shown(limits)}`,
    userId: 'operator',
    role: 'operator',
    send: (server, context): Promise<Result<unknown>> => tasksAt(server).workTypes.put(context, type, { limits }),
    judge: (result) => (result.ok ? null : result.refusal.code),
    judgeUnknown: () => null,
  };
};
