import { queueBody } from '../../kinds/image-set/application/queue-body.ts';
import type { ToAccount } from '../../application/accounts/reservations.ts';
import type { Dependencies } from '../../application/dependencies.ts';
import type { Reservation } from '../../domain/account/account.ts';
import { historyOf } from '../../domain/job/history.ts';
import { messageKey } from '../../kinds/image-set/domain/keys.ts';
import { imageSet } from '../../kinds/image-set/domain/kind.ts';
import type { ImageSetJob } from '../../kinds/image-set/domain/types.ts';
import type { OutboxMessage } from '../../ports/store/outbox.ts';
import type { Deliver } from '../../services/outbox-relay.ts';
import { writeHistory } from '../../stores/d1/history.ts';
import type { Bindings } from './bindings.ts';
import { isolateOf } from './isolate.ts';
import { accountOf } from './others.ts';
import { mustHear } from './said.ts';

/** Cloudflare Queues take 128 KB a message, what they add to it included. */
const maxQueueBytes = 120_000;
/** Sets that are smaller always fit. */
const largeSet = 20;

/** How what a job's commits say reaches the outside. Each may be said again. */
export function jobDeliverers(
  deps: Dependencies,
  env: Bindings,
  { isOpenJob }: { readonly isOpenJob: () => boolean },
): Readonly<Record<string, Deliver>> {
  const each = (deliver: (message: OutboxMessage) => Promise<void>): Deliver => {
    return async (messages) => {
      for (const message of messages) await deliver(message);
    };
  };
  let settled: Reservation | null = null;
  const tellAccount = each(async ({ jobId, payload }) => {
    const said = payload as ToAccount;
    settled = await mustHear(accountOf(env, said.accountId).apply(jobId, said));
  });
  return {
    queue: each(({ jobId }) => sendMessage(deps, env, jobId)),
    'shrink-reservation': tellAccount,
    'settle-reservation': tellAccount,
    'record-history': each(({ jobId }) => recordHistory(deps, env, { jobId, settled, isOpenJob: isOpenJob() })),
  };
}

async function findJob({ store }: Dependencies, jobId: string): Promise<ImageSetJob> {
  const job = await store.jobs.get(jobId);
  if (job?.kind !== imageSet.name) throw new Error(`there is no image set ${jobId}`);
  return job as ImageSetJob;
}

async function sendMessage(deps: Dependencies, env: Bindings, jobId: string): Promise<void> {
  const job = await findJob(deps, jobId);
  if (imageSet.lifecycle.isTerminal(job.state)) return;
  // The Worker as the consumer makes the message when a worker gets it: see gpu-queue.ts and pull-queue.ts.
  const ids = { job_id: jobId, user_id: job.ownerId };
  await env.GPU_QUEUE.send(hasWhole(env) ? await queueBody(deps, job, maxQueueBytes) : ids);
}

function hasWhole(env: Bindings): boolean {
  return isolateOf(env).config.isPulledFromApi;
}

/**
 * Behind the settlement in the outbox, so that the account has made all its movements for this job: `settled` is what
 * it answered, if this object has not been out of memory since.
 */
async function recordHistory(
  deps: Dependencies,
  env: Bindings,
  { jobId, settled, isOpenJob }: {
    readonly jobId: string;
    readonly settled: Reservation | null;
    /** Whether the job is, or may be, in the index of open jobs. */
    readonly isOpenJob: boolean;
  },
): Promise<void> {
  const job = await findJob(deps, jobId);
  const isKnown = settled !== null && settled.state !== 'held';
  const reservation = isKnown ? settled : await mustHear(accountOf(env, job.ownerId).reservation(jobId));
  if (reservation === null || reservation.state === 'held') throw new Error(`job ${jobId} is not settled yet`);
  await writeHistory(env.DB, historyOf(imageSet, job, reservation.movements), isOpenJob);
  // Its message, if it was too large for the queue.
  const isLarge = imageSet.itemCount(job.fields) >= largeSet;
  if (isLarge && hasWhole(env)) await deps.objects.delete([messageKey(job.ownerId, jobId)]);
}
