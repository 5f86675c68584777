import { fold } from '../../domain/job/fold.ts';
import type { Job } from '../../domain/job/job.ts';
import type { Kinds } from '../../domain/kinds.ts';
import type { OutboxMessage } from '../../ports/store/outbox.ts';
import type { Store } from '../../ports/store/store.ts';
import type { StoredDelivery } from '../../ports/store/webhook-store.ts';
import type { Clock } from '../../ports/world.ts';
import { sha256Hex } from '../fingerprint.ts';

export interface DeliverDependencies {
  readonly store: Pick<Store, 'jobs'> & { readonly webhooks: Pick<Store['webhooks'], 'put' | 'disabledAt'> };
  readonly kinds: Kinds;
  /** The job as shown on its own: plain JSON. */
  readonly viewOf: (job: Job) => Promise<unknown>;
  readonly clock: Clock;
  /** Deliveries are due. */
  readonly onPut: () => void;
}

/** One may have a result in it, and there may be many. */
const eventsAtOnce = 50;

/**
 * Creates a delivery for each outbox message about the end of a job with a webhook. The delivery's id is derived from
 * that end, so a repeated message creates no second delivery.
 */
export function deliverWebhooks(deps: DeliverDependencies): (messages: readonly OutboxMessage[]) => Promise<void> {
  return async (messages) => {
    const made = await Promise.all(messages.map((message) => deliveryOf(deps, message)));
    const deliveries = made.filter((delivery) => delivery !== null);
    if (deliveries.length === 0) return;
    await deps.store.webhooks.put(deliveries);
    deps.onPut();
  };
}

/** Null if the job was deleted: there is nothing left to deliver. */
async function deliveryOf(
  deps: DeliverDependencies,
  { jobId, payload }: OutboxMessage,
): Promise<StoredDelivery | null> {
  const { version } = payload as { version: number };
  const job = await jobAt(deps, jobId, version);
  if (job === null || job.endedAt === null) return null;
  const url = deps.kinds.of(job.kind).webhookUrl?.(job) ?? null;
  if (url === null) return null;
  const now = deps.clock.now();
  const isDisabled = (await deps.store.webhooks.disabledAt(job.ownerId, url)) !== null;
  const type = `job.${job.state.toLowerCase()}`;
  const timestamp = new Date(job.endedAt).toISOString();
  return {
    id: await deliveryId(jobId, version, job.endedAt),
    jobId,
    ownerId: job.ownerId,
    url,
    eventType: type,
    body: JSON.stringify({ type, timestamp, data: await deps.viewOf(job) }),
    traceparent: job.traceparent,
    state: isDisabled ? 'disabled' : 'pending',
    attempt: 0,
    dueAt: isDisabled ? null : now,
    createdAt: now,
    endedAt: isDisabled ? now : null,
  };
}

/** As it was when it ended; it may have been retried since, and then its events say it. */
async function jobAt({ store, kinds }: DeliverDependencies, jobId: string, version: number): Promise<Job | null> {
  const current = await store.jobs.get(jobId);
  if (current === null || current.version === version) return current;
  const kind = kinds.of(current.kind);
  let job: Job | null = null;
  while ((job?.version ?? 0) < version) {
    const events = await store.jobs.events(jobId, { after: job?.version ?? 0, limit: eventsAtOnce });
    if (events.length === 0) return null;
    for (const event of events) {
      if (event.sequence <= version) job = fold(kind, job, event);
    }
  }
  return job;
}

/** A UUIDv7 (RFC 9562) of the time, with a hash where others have random bits. */
async function deliveryId(jobId: string, version: number, at: number): Promise<string> {
  const time = at.toString(16).padStart(12, '0');
  const digits = await sha256Hex(`webhook ${jobId} ${version}`);
  const variant = ((parseInt(digits.slice(3, 4), 16) & 0x3) | 0x8).toString(16);
  const random = [`7${digits.slice(0, 3)}`, variant + digits.slice(4, 7), digits.slice(7, 19)];
  return [time.slice(0, 8), time.slice(8), ...random].join('-');
}
