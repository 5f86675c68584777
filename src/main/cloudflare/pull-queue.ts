import { DurableObject } from 'cloudflare:workers';
import schema from '../../../migrations/sqlite/0007_queue.sql';
import { WakeUp } from '../../application/wake-up.ts';
import { ok } from '../../domain/errors.ts';
import { createQueue, type MessageJobs, type Queue } from '../../kinds/image-set/application/queue.ts';
import { imageQueue } from '../../kinds/image-set/domain/decide.ts';
import type { MessageQueue } from '../../ports/store/message-queue.ts';
import type { Retention } from '../../ports/store/store.ts';
import type { Logger } from '../../ports/world.ts';
import { createDurableObjectDriver } from '../../stores/durable-object/driver.ts';
import { createMessageQueue } from '../../stores/sqlite/message-queue.ts';
import { migrate } from '../../stores/sqlite/migrate.ts';
import { createRetention } from '../../stores/sqlite/retention.ts';
import { systemClock } from '../node/world.ts';
import type { Bindings, DurableObjectContext } from './bindings.ts';
import type { QueueCalls } from './calls.ts';
import { isolateOf } from './isolate.ts';
import { jobOf } from './others.ts';
import { heard, mustHear, saying, type Said } from './said.ts';

/** How often a wait looks by itself: leases run out, and delays, without a word. */
const lookMs = 1_000;
/** For so long a message that was done is known, should Cloudflare Queues deliver it here once more. */
const rememberMs = 6 * 3_600_000;
const forgetEveryMs = 3_600_000;
const forgetAtOnce = 10_000;

/**
 * The messages of executed sets, for workers that pull them: one object for all, since each pull asks for the oldest of
 * all. It knows ids of jobs alone; what a worker is to do is asked of the job's object when it is delivered.
 */
export class PullQueueDO extends DurableObject<Bindings> implements QueueCalls {
  readonly #logger: Logger;
  readonly #messages: MessageQueue;
  readonly #queue: Queue;
  readonly #retention: Pick<Retention, 'purgeMessages'>;
  readonly #arrived = new WakeUp();
  #forgotAt = 0;

  constructor(ctx: DurableObjectContext, env: Bindings) {
    super(ctx, env);
    const { config, logger } = isolateOf(env);
    this.#logger = logger;
    const driver = createDurableObjectDriver(ctx.storage, () => {});
    migrate(driver, [{ version: 7, name: 'queue', script: schema }]);
    this.#messages = createMessageQueue(driver);
    this.#retention = createRetention(driver);
    this.#queue = createQueue({
      messages: this.#messages, jobs: jobsElsewhere(env, logger), arrived: this.#arrived, clock: systemClock, logger,
      settings: config.settings,
    });
  }

  put(jobIds: readonly string[]): Promise<Said<null>> {
    return saying(this.#logger, 'put', async () => {
      const availableAt = systemClock.now();
      await this.#messages.put(imageQueue, jobIds.map((jobId) => ({ messageId: jobId, jobId, availableAt })));
      this.#arrived.notify();
      if (availableAt >= this.#forgotAt + forgetEveryMs) {
        this.#forgotAt = availableAt;
        while ((await this.#retention.purgeMessages(availableAt - rememberMs, forgetAtOnce)) === forgetAtOnce);
      }
      return ok(null);
    });
  }

  pull(...asked: Parameters<QueueCalls['pull']>): ReturnType<QueueCalls['pull']> {
    return saying(this.#logger, 'pull', () => this.#queue.pull(...asked));
  }

  waitForMessages(...[queue, waitMs]: Parameters<QueueCalls['waitForMessages']>): Promise<Said<null>> {
    return saying(this.#logger, 'waitForMessages', async () => {
      const until = systemClock.now() + waitMs;
      for (;;) {
        const seen = this.#arrived.count;
        const now = systemClock.now();
        if (now >= until || (await this.#messages.readySince(queue, now)) !== null) return ok(null);
        await this.#arrived.wait(Math.min(until - now, lookMs), seen);
      }
    });
  }

  acknowledge(...asked: Parameters<Queue['acknowledge']>): ReturnType<QueueCalls['acknowledge']> {
    return saying(this.#logger, 'acknowledge', () => this.#queue.acknowledge(...asked));
  }

  extend(...asked: Parameters<Queue['extend']>): ReturnType<QueueCalls['extend']> {
    return saying(this.#logger, 'extend', () => this.#queue.extend(...asked));
  }
}

function jobsElsewhere(env: Bindings, logger: Logger): MessageJobs {
  return {
    message: (jobId) => mustHear(jobOf(env, jobId).message(jobId)),
    hasProgressed: (jobId, since) => mustHear(jobOf(env, jobId).hasProgressed(jobId, since)),
    giveUp: async (jobId, reason) => {
      const ended = await heard(jobOf(env, jobId).giveUp(jobId, reason));
      // Its message is gone: the job then ends at its deadline.
      if (!ended.ok) logger.error('a job was not ended', { jobId, error: ended.refusal.message });
    },
  };
}
