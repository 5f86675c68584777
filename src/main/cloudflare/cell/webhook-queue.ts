import type { ClaimedDelivery } from '../../../ports/store/webhook-store.ts';
import type { WebhookTransport } from '../../../ports/webhook-transport.ts';
import type { Logger } from '../../../ports/world.ts';
import type { DeliveryLease } from '../../outreach.ts';
import type { MessageBatch } from '../bindings.ts';
import type { Cells } from './cells.ts';

/*
 * Webhooks are sent by the consumer of a queue: a receiver that does not answer costs neither the cell's time nor one
 * of the six connections that an object may have open. The cell decides what is sent when, fairly between owners and
 * hosts, and hands over what it has claimed; the message names no more than the delivery and its lease. What is lost on
 * the way is claimed again when the lease has run out, and a message that comes too late or twice is of a lease that is
 * over. So a message is done when it has come, and the next batch waits for nobody's answer.
 */

export const webhookQueue = 'webhooks';

interface Message extends DeliveryLease {
  readonly cell: number;
  readonly id: string;
}

export function messageOf(cell: number, { id, token, attempt }: ClaimedDelivery): Message {
  return { cell, id, token, attempt };
}

/** Sends those of a batch, and tells their cells what came back. Never rejects. */
export async function sendWebhooks(
  { cells, transport, logger }: {
    readonly cells: Cells;
    readonly transport: WebhookTransport;
    readonly logger: Logger;
  },
  { messages }: MessageBatch,
): Promise<void> {
  await Promise.all(messages.map(async (message) => {
    const { cell, id, ...lease } = message.body as Message;
    try {
      const deliveries = cells.part(cell, 'deliveries');
      const request = await deliveries.request(id, lease);
      const at = Date.now();
      if (request !== null) await deliveries.answered(id, lease, at, await transport.post(request));
    } catch (error) {
      logger.warn('a webhook is sent when its lease has run out', { deliveryId: id, error: String(error) });
    }
  }));
}
