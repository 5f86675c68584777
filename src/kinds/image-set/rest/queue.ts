import type { Queue } from '../application/queue.ts';
import type { queueRoutes } from '../contract/queue.ts';
import type { HandlersFor } from '../../../transports/rest/serve.ts';
import { answering } from '../../../transports/rest/handlers/results.ts';
import { iso } from '../../../contract/times.ts';

export function queueHandlers(queue: Queue): HandlersFor<typeof queueRoutes> {
  return {
    pullMessages: ({ params, body, signal }) => {
      const options = {
        batchSize: body.batch_size,
        visibilityTimeoutMs: body.visibility_timeout_ms,
        waitMs: body.wait_ms,
      };
      const waiting = body.wait_ms === 0 ? options : { ...options, signal: signal() };
      return answering(queue.pull(params.queue, waiting), (messages) => ({
        messages: messages.map(({ id, leaseId, attempts, body: message }) => ({
          id,
          lease_id: leaseId,
          attempts,
          body: message,
        })),
      }));
    },
    acknowledgeMessages: ({ params, body }) =>
      queue.acknowledge(params.queue, {
        acks: body.acks.map(({ lease_id }) => lease_id),
        retries: body.retries.map((retry) => ({ leaseId: retry.lease_id, delaySeconds: retry.delay_seconds })),
      }),
    extendLease: ({ params, body }) =>
      answering(
        queue.extend(params.queue, { leaseId: body.lease_id, visibilityTimeoutMs: body.visibility_timeout_ms }),
        ({ expiresAt }) => ({ expires_at: iso(expiresAt) }),
      ),
  };
}
