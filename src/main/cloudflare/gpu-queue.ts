import type { Logger } from '../../ports/world.ts';
import type { BatchMessage, Bindings, MessageBatch } from './bindings.ts';
import type { EdgeConfig } from './config.ts';
import { jobOf } from './others.ts';
import { heard } from './said.ts';

/*
 * The consumer of the queues. `gpu-jobs`: each message is pushed to the GPU worker by HTTP. What is pushed is made
 * anew, so that a message that comes again names only the photos that are still to be done, and one of a job that
 * has ended is not pushed at all. `gpu-jobs-dlq`: what could not be pushed for hours ends its job.
 */

const deadLetters = 'gpu-jobs-dlq';
/** The worker answers once it has the message; it reports the photos by callbacks. */
const pushLimitMs = 30_000;
const firstDelaySeconds = 10;
const maxDelaySeconds = 900;
/** Until it is looked again whether there is somebody to push to. Ten deliveries of this are five hours. */
const nobodyDelaySeconds = 1_800;

interface Tools {
  readonly env: Bindings;
  readonly config: EdgeConfig;
  readonly logger: Logger;
}

export async function consume(tools: Tools, batch: MessageBatch): Promise<void> {
  const handle = batch.queue.startsWith(deadLetters) ? giveUp : push;
  await Promise.all(
    batch.messages.map(async (message) => {
      const jobId = jobIdOf(message.body);
      if (jobId === null) {
        tools.logger.error('a queue message without a job was dropped', { queue: batch.queue, messageId: message.id });
        return message.ack();
      }
      try {
        await handle(tools, jobId, message);
      } catch (error) {
        const { attempts } = message;
        tools.logger.warn('queue message comes again', { queue: batch.queue, jobId, attempts, error: String(error) });
        message.retry({ delaySeconds: Math.min(maxDelaySeconds, firstDelaySeconds * 2 ** (attempts - 1)) });
      }
    }),
  );
}

async function push({ env, config, logger }: Tools, jobId: string, message: BatchMessage): Promise<void> {
  const { gpuWorkerUrl: url, callbackSecrets } = config;
  if (url === null) {
    logger.warn('there is nobody to push to: set GPU_WORKER_URL, or make the queue a pull consumer', { jobId });
    return message.retry({ delaySeconds: nobodyDelaySeconds });
  }
  const told = await heard(jobOf(env, jobId).message(jobId));
  if (!told.ok) throw new Error(told.refusal.message);
  if (told.value !== null) {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-gpu-callback-secret': callbackSecrets[0] ?? '',
        'x-delivery': String(message.attempts),
      },
      body: JSON.stringify(told.value),
      redirect: 'manual',
      signal: AbortSignal.timeout(pushLimitMs),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`the GPU worker answered ${response.status}`);
  }
  message.ack();
}

async function giveUp({ env, logger }: Tools, jobId: string, message: BatchMessage): Promise<void> {
  const reason = 'No worker took this item: its message was given up after all deliveries.';
  const ended = await heard(jobOf(env, jobId).giveUp(jobId, reason));
  if (!ended.ok && ended.refusal.code !== 'not_found') throw new Error(ended.refusal.message);
  logger.warn('queue message given up', { jobId, state: ended.ok ? ended.value : 'unknown' });
  message.ack();
}

function jobIdOf(body: unknown): string | null {
  const jobId = (body as { job_id?: unknown } | null)?.job_id;
  return typeof jobId === 'string' && /^[0-9a-f-]{36}$/.test(jobId) ? jobId : null;
}
