import type { Logger } from '../../ports/world.ts';
import type { BatchMessage, Bindings, MessageBatch } from './bindings.ts';
import type { EdgeConfig } from './config.ts';
import { jobOf, pullQueueOf } from './others.ts';
import { heard, mustHear } from './said.ts';

/*
 * The consumer of the queues. `gpu-jobs`: each message is pushed to the GPU worker by HTTP, or, where there is none,
 * put where workers pull it. What a worker gets is made anew, so that a message that comes again names only the photos
 * that are still to be done, and one of a job that has ended is not delivered at all. `gpu-jobs-dlq`: what could not be
 * delivered for hours ends its job.
 */

const deadLetters = 'gpu-jobs-dlq';
/** The worker answers once it has the message; it reports the photos by callbacks. */
const pushLimitMs = 30_000;
const firstDelaySeconds = 10;
const maxDelaySeconds = 900;

interface Tools {
  readonly env: Bindings;
  readonly config: EdgeConfig;
  readonly logger: Logger;
}

/** What is done with a message of a job; it comes again when this throws. */
type Handle = (jobId: string, message: BatchMessage) => Promise<void>;

export async function consume(tools: Tools, batch: MessageBatch): Promise<void> {
  const { logger } = tools;
  const handle = handlerOf(tools, batch);
  await Promise.all(
    batch.messages.map(async (message) => {
      const jobId = jobIdOf(message.body);
      if (jobId === null) {
        logger.error('a queue message without a job was dropped', { queue: batch.queue, messageId: message.id });
        return message.ack();
      }
      try {
        await handle(jobId, message);
        message.ack();
      } catch (error) {
        const { attempts } = message;
        logger.warn('queue message comes again', { queue: batch.queue, jobId, attempts, error: String(error) });
        message.retry({ delaySeconds: Math.min(maxDelaySeconds, firstDelaySeconds * 2 ** (attempts - 1)) });
      }
    }),
  );
}

function handlerOf(tools: Tools, { queue, messages }: MessageBatch): Handle {
  if (queue.startsWith(deadLetters)) return (jobId) => giveUp(tools, jobId);
  const { gpuWorkerUrl: url } = tools.config;
  if (url !== null) return (jobId, message) => push(tools, url, jobId, message);
  // In one call, and one commit, for all of them.
  const jobIds = messages.map(({ body }) => jobIdOf(body)).filter((jobId) => jobId !== null);
  let put: Promise<null> | undefined;
  return async () => void (await (put ??= mustHear(pullQueueOf(tools.env).put(jobIds))));
}

async function push({ env, config }: Tools, url: string, jobId: string, { attempts }: BatchMessage): Promise<void> {
  const message = await mustHear(jobOf(env, jobId).message(jobId));
  if (message === null) return;
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-gpu-callback-secret': config.callbackSecrets[0] ?? '',
      'x-delivery': String(attempts),
    },
    body: JSON.stringify(message),
    redirect: 'manual',
    signal: AbortSignal.timeout(pushLimitMs),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the GPU worker answered ${response.status}`);
}

async function giveUp({ env, logger }: Tools, jobId: string): Promise<void> {
  const reason = 'No worker took this item: its message was given up after all deliveries.';
  const ended = await heard(jobOf(env, jobId).giveUp(jobId, reason));
  if (!ended.ok && ended.refusal.code !== 'not_found') throw new Error(ended.refusal.message);
  logger.warn('queue message given up', { jobId, state: ended.ok ? ended.value : 'unknown' });
}

function jobIdOf(body: unknown): string | null {
  const jobId = (body as { job_id?: unknown } | null)?.job_id;
  return typeof jobId === 'string' && /^[0-9a-f-]{36}$/.test(jobId) ? jobId : null;
}
