import { imageSetsAt } from './server.ts';
import type { ItemResultInput, JobProgress } from '../application/commands.ts';
import type { PulledMessage, Queue } from '../application/queue.ts';
import type { Result } from '../../../domain/errors.ts';
import { imageQueue } from '../domain/decide.ts';
import { itemKey, outputKey, previewKey } from '../domain/keys.ts';
import type { ImageSetJob } from '../domain/types.ts';
import type { SeededRandom } from '../../../testing/seeded-random.ts';
import type { Ask, Asked, Evidence } from '../../../testing/simulator/ask.ts';
import { shown } from '../../../testing/simulator/invariant.ts';
import type { Act } from '../../../testing/simulator/kind-model.ts';
import { anySet, causedBy, isAsToldIn, judgeRefusal, setDuring } from './judge.ts';

const visibilityTimeoutMs = 30_000;
const working = ['queued', 'running'];
type Acknowledged = Awaited<ReturnType<Queue['acknowledge']>>;

/** What workers hold in their hands: every delivery, the dead ones too. */
export interface Hands {
  readonly deliveries: PulledMessage[];
  /** By message, how often it was delivered. */
  readonly newest: Map<string, number>;
}

/** At least once, in any order, possibly twice, possibly after the end, and now and then nonsense. */
export const reporting: Act = (scene, random) => {
  const set = anySet(scene, random, working);
  if (set === null) return null;
  const input = anyResult(set, random);
  return {
    label: `report ${set.id} item ${input.idx} ${input.status} ${input.idempotencyKey}`,
    userId: 'worker',
    send: (server, { correlationId }) => imageSetsAt(server).imageSets.recordItemResult(set.id, input, correlationId),
    judge: (result: Result<JobProgress>, asked, evidence) => judgeReport(set, input, result, asked, evidence),
    judgeUnknown: (asked, evidence) => {
      const recorded = causedBy(asked, evidence).filter((type) => type === 'ItemRecorded');
      return recorded.length <= 1 ? null : `${recorded.length} results were stored`;
    },
  } satisfies Ask<JobProgress> as Ask;
};

type Report = ItemResultInput & { readonly idempotencyKey: string };

function anyResult(set: ImageSetJob, random: SeededRandom): Report {
  const size = set.fields.total ?? set.fields.itemCount;
  const idx = random.chance(0.05) ? random.pick([-1, size]) : random.integer(0, size - 1);
  // A worker that takes one key for all items loses all but the first.
  const idempotencyKey = random.chance(0.05) ? itemKey(set.id, 0) : itemKey(set.id, idx);
  const ownerId = random.chance(0.03) ? 'somebody-else' : set.ownerId;
  const preview = { previewKey: previewKey(ownerId, set.id, idx) };
  if (random.chance(0.3)) {
    const why = { error: 'no wall found', ...(random.chance(0.5) && { errorCode: 'not_confident', ...preview }) };
    return { idx, status: 'failed', ...why, idempotencyKey };
  }
  const keys = { outputKey: outputKey(ownerId, set.id, idx, set.fields.output.format), ...preview };
  const told = random.chance(0.5) ? { confidence: random.integer(500, 1_000) / 1_000 } : {};
  return { idx, status: 'done', ...keys, ...told, idempotencyKey };
}

function judgeReport(
  { id, ownerId }: ImageSetJob,
  input: Report,
  result: Result<JobProgress>,
  asked: Asked,
  evidence: Evidence,
): string | null {
  const { idx, idempotencyKey } = input;
  const sets = setDuring(evidence, id, asked).filter((set) => set !== null);
  const isOutside = sets.some(({ fields }) => idx < 0 || idx >= (fields.total ?? fields.itemCount));
  const isForeign = input.previewKey !== undefined && !input.previewKey.includes(`/${ownerId}/`);
  if (!result.ok) {
    const { code } = result.refusal;
    const isEarly = sets.some(({ state }) => state === 'created' || state === 'uploaded');
    const wasSo = code === 'conflict' ? isEarly : code === 'invalid_request' && (isOutside || isForeign);
    return judgeRefusal(result.refusal, asked, evidence, wasSo);
  }
  if (!isAsToldIn(sets, result.value)) return `told ${shown(result.value)}, which was so at no moment`;
  const recorded = evidence.eventsOf(asked.correlationId).filter(({ body }) => body.type === 'ItemRecorded');
  if (recorded.length > 0) return recorded.length === 1 ? null : `${recorded.length} results were stored`;
  const isKnown = sets.some(({ endedAt, items, fields }) => {
    return endedAt !== null || items.has(idx) || fields.keys.includes(idempotencyKey);
  });
  return isKnown ? null : 'taken without being recorded, though it was new at every moment';
}

export function pulling(hands: Hands): Act {
  return (scene, random) => {
    if (anySet(scene, random, working) === null) return null;
    const options = { batchSize: random.integer(1, 3), visibilityTimeoutMs, waitMs: random.pick([0, 0, 5_000]) };
    return {
      label: `pull ${options.batchSize}`,
      userId: 'worker',
      send: (server) => imageSetsAt(server).queue.pull(imageQueue, options),
      judge: (result: Result<readonly PulledMessage[]>, asked, evidence) => {
        if (!result.ok) return result.refusal.code;
        for (const message of result.value) {
          hands.deliveries.push(message);
          hands.newest.set(message.id, Math.max(message.attempts, hands.newest.get(message.id) ?? 0));
          const sets = setDuring(evidence, message.body.job_id, asked);
          const due = sets.some((set) => set !== null && isWorkOf(set, message));
          if (!due) return `${shown(message.body.items)} of ${message.id} was to be done at no moment`;
        }
        return null;
      },
      judgeUnknown: () => null,
    } satisfies Ask<readonly PulledMessage[]> as Ask;
  };
}

function isWorkOf(set: ImageSetJob, { body }: PulledMessage): boolean {
  if (set.state !== 'queued' && set.state !== 'running') return false;
  const missing = Array.from({ length: set.fields.total ?? 0 }, (_, idx) => idx).filter((idx) => !set.items.has(idx));
  return shown(body.items.map(({ idx }) => idx)) === shown(missing);
}

/** Messages of jobs that have ended are dropped when they are pulled. */
export const lastPull: Ask = {
  label: 'pull the rest',
  userId: 'worker',
  send: (server) =>
    imageSetsAt(server).queue.pull(imageQueue, { batchSize: 100, visibilityTimeoutMs: 1_000, waitMs: 0 }),
  judge: () => null,
  judgeUnknown: () => null,
};

/** Says that a delivery is done, gives it back, or asks for more time: G5, one that was delivered again is refused. */
export function acknowledging(hands: Hands): Act {
  return (_scene, random) => {
    if (hands.deliveries.length === 0) return null;
    const delivery = random.chance(0.5) ? hands.deliveries.at(-1) : random.pick(hands.deliveries);
    if (delivery === undefined) return null;
    const isStale = (hands.newest.get(delivery.id) ?? 0) > delivery.attempts;
    const { leaseId } = delivery;
    const how = random.pick(['acknowledge', 'acknowledge', 'retry', 'extend'] as const);
    const judge = (isTaken: boolean): string | null =>
      isStale && isTaken ? `${leaseId} is taken, though the message was delivered again` : null;
    if (how === 'extend') {
      return {
        label: `extend ${leaseId}`,
        userId: 'worker',
        send: (server) => imageSetsAt(server).queue.extend(imageQueue, { leaseId, visibilityTimeoutMs }),
        judge: (result) => judge(result.ok),
        judgeUnknown: () => null,
      };
    }
    const [acks, retries] = how === 'retry' ? [[], [{ leaseId, delaySeconds: 5 }]] : [[leaseId], []];
    return {
      label: `${how} ${leaseId}`,
      userId: 'worker',
      send: (server) => imageSetsAt(server).queue.acknowledge(imageQueue, { acks, retries }),
      judge: (result: Acknowledged) => judge(result.ok && result.value.refused.length === 0),
      judgeUnknown: () => null,
    } satisfies Ask<unknown & (Acknowledged extends Result<infer T> ? T : never)> as Ask;
  };
}
