import { imageSetsAt } from './server.ts';
import type { ImageSetView } from '../contract/image-set-job.ts';
import type { SubmittedImageSet } from '../application/submit.ts';
import { plans } from '../../../domain/account/plans.ts';
import type { Result } from '../../../domain/errors.ts';
import { maxItems } from '../domain/decide.ts';
import type { ImageSetJob } from '../domain/types.ts';
import type { SeededRandom } from '../../../testing/seeded-random.ts';
import type { Ask, Asked, Evidence, Scene } from '../../../testing/simulator/ask.ts';
import { shown } from '../../../testing/simulator/invariant.ts';
import type { Act } from '../../../testing/simulator/kind-model.ts';
import {
  anySet,
  causedBy,
  isAsToldIn,
  isHidden,
  judgeMove,
  judgeOnceAtMost,
  judgeRefusal,
  setDuring,
} from './judge.ts';

/** Every request with a key, by user and key: what it asked for, and under which name. */
export type KeyUses = Map<string, { readonly correlationId: string; readonly itemCount: number }[]>;

export function creating(uses: KeyUses): Act {
  return ({ users }, random) => {
    const userId = random.pick(users);
    const itemCount = random.chance(0.05) ? random.pick([0, maxItems + 1]) : random.pick([1, 1, 2, 2, 3, 6]);
    const idempotencyKey = random.chance(0.4) ? `key-${random.integer(1, 2)}` : undefined;
    const scope = `${userId} ${idempotencyKey}`;
    const judgeKey = (asked: Asked, evidence: Evidence): string | null => {
      if (idempotencyKey === undefined) return null;
      const made = (uses.get(scope) ?? []).flatMap((use) => evidence.eventsOf(use.correlationId)).length;
      return made <= 1 ? null : `${asked.correlationId}: ${made} sets were made with the key ${scope}`;
    };
    return {
      label: `create ${itemCount} items${idempotencyKey === undefined ? '' : ` with ${idempotencyKey}`}`,
      userId,
      send: (server, context) => {
        const use = { correlationId: context.correlationId, itemCount };
        if (idempotencyKey !== undefined) uses.set(scope, [...(uses.get(scope) ?? []), use]);
        return imageSetsAt(server).imageSets.submit(context, {
          preset: 'interior', itemCount, ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
        });
      },
      judge: (result: Result<SubmittedImageSet>, asked, evidence) => {
        const isRepeat = idempotencyKey !== undefined && causedBy(asked, evidence).length === 0;
        const others = uses.get(scope)?.some((use) => use.itemCount !== itemCount) ?? false;
        const request = { userId, itemCount, isRepeat, others };
        return judgeKey(asked, evidence) ?? judgeCreate(request, result, asked, evidence);
      },
      judgeUnknown: (asked, evidence) => judgeKey(asked, evidence) ?? judgeOnceAtMost(asked, evidence),
    } satisfies Ask<SubmittedImageSet> as Ask;
  };
}

function judgeCreate(
  request: { userId: string; itemCount: number; isRepeat: boolean; others: boolean },
  result: Result<SubmittedImageSet>,
  asked: Asked,
  evidence: Evidence,
): string | null {
  const { userId, itemCount, isRepeat, others } = request;
  if (result.ok) {
    const { jobId, urls } = result.value;
    const set = evidence.truth.job(jobId) as ImageSetJob | null;
    const right = set?.ownerId === userId && set.fields.itemCount === itemCount && urls.length === itemCount;
    const own = evidence.eventsOf(asked.correlationId).map((event) => event.jobId);
    const isMade = right && (isRepeat || shown(own) === shown([jobId]));
    return isMade ? null : `said to be made, and stored was ${shown(set)}`;
  }
  const accounts = evidence.truth.accountDuring(userId, asked.from, asked.to);
  // What an account was between two commands of one batch is not known.
  const moved = accounts.length > 1;
  const reasons: Record<string, () => boolean> = {
    insufficient_credits: () => moved || (accounts[0]?.available ?? plans.free.startingCredits) < itemCount,
    concurrency_limit: () =>
      moved || accounts.some((one) => one !== null && one.activeJobs >= plans[one.plan].runningJobs),
    idempotency_mismatch: () => others,
    invalid_request: () => itemCount < 1 || itemCount > maxItems,
  };
  return judgeRefusal(result.refusal, asked, evidence, reasons[result.refusal.code]?.() ?? false);
}

/** Its owner, mostly. */
function anyone(scene: Scene, random: SeededRandom, set: ImageSetJob): string {
  return random.chance(0.95) ? set.ownerId : random.pick(scene.users);
}

const open = ['created', 'uploaded', 'queued', 'running'];

export const confirming: Act = (scene, random) => {
  const set = anySet(scene, random, ['created']);
  if (set === null) return null;
  const userId = anyone(scene, random, set);
  const { itemCount } = set.fields;
  const totalItems = random.chance(0.1) ? random.pick([0, itemCount + 1]) : random.integer(1, itemCount);
  const move = { jobId: set.id, userId, event: 'UploadConfirmed', from: ['created'] };
  return {
    label: `confirm ${totalItems} of ${set.id}`,
    userId,
    send: (server, context) => imageSetsAt(server).imageSets.confirmUpload(context, set.id, { totalItems }),
    judge: (result: Result<{ status: string }>, asked, evidence) => {
      if (result.ok || result.refusal.code !== 'invalid_request') return judgeMove(move, result, asked, evidence);
      return judgeRefusal(result.refusal, asked, evidence, totalItems < 1 || totalItems > itemCount);
    },
    judgeUnknown: judgeOnceAtMost,
  } satisfies Ask<{ status: string }> as Ask;
};

export const executing: Act = (scene, random) => {
  const set = anySet(scene, random, ['uploaded']);
  if (set === null) return null;
  const userId = anyone(scene, random, set);
  const input = { force: random.chance(0.2), output: { format: random.pick(['png', 'webp', 'jpeg'] as const) } };
  const move = { jobId: set.id, userId, event: 'JobQueued', from: ['uploaded'] };
  return {
    label: `execute ${set.id}`,
    userId,
    send: (server, context) => imageSetsAt(server).imageSets.execute(context, set.id, input),
    judge: (result: Result<{ status: string }>, asked, evidence) => judgeMove(move, result, asked, evidence),
    judgeUnknown: judgeOnceAtMost,
  } satisfies Ask<{ status: string }> as Ask;
};

export const canceling: Act = (scene, random) => {
  const set = anySet(scene, random, open);
  if (set === null) return null;
  const userId = anyone(scene, random, set);
  const move = { jobId: set.id, userId, event: 'JobCanceled', from: open };
  return {
    label: `cancel ${set.id}`,
    userId,
    send: ({ application }, context) => application.jobs.cancel(context, set.id) as Promise<Result<{ status: string }>>,
    judge: (result: Result<{ status: string }>, asked, evidence) => judgeMove(move, result, asked, evidence),
    judgeUnknown: judgeOnceAtMost,
  } satisfies Ask<{ status: string }> as Ask;
};

export const looking: Act = (scene, random) => {
  const set = anySet(scene, random, open);
  if (set === null) return null;
  const userId = anyone(scene, random, set);
  return {
    label: `get ${set.id}`,
    userId,
    send: ({ application }, context) => application.jobs.get(context, set.id) as Promise<Result<ImageSetView>>,
    judge: (result: Result<ImageSetView>, asked, evidence) => {
      const sets = setDuring(evidence, set.id, asked);
      if (!result.ok) return judgeRefusal(result.refusal, asked, evidence, isHidden(sets, userId));
      const { done, failed } = result.value.progress;
      return isAsToldIn(sets, result.value) && result.value.items.length === done + failed ? null : shown(result.value);
    },
    judgeUnknown: judgeOnceAtMost,
  } satisfies Ask<ImageSetView> as Ask;
};
