import { createClient } from '../../src/main/client/index.ts';

/** The smallest PNG: one pixel. */
export const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/**
 * Does the work of one executed job as a GPU worker outside would: takes its message, fetches each photo, stores
 * results and reports them. Items whose index is in `failing` are reported as failed.
 */
export async function workOffOneJob(server: string, failing: readonly number[] = []): Promise<string> {
  const client = createClient({ server, callbackSecret: 'dev-callback-secret' });
  const params = { queue: 'gpu-jobs' };
  for (;;) {
    const { messages } = await client.pullMessages({ params, body: { visibility_timeout_ms: 60_000, wait_ms: 5_000 } });
    const [message] = messages;
    if (message === undefined) continue;
    const { job_id: id, items, idempotency_prefix: prefix } = message.body;
    for (const item of items) {
      await (await client.download(item.input_url)).arrayBuffer();
      const failed = failing.includes(item.idx);
      if (!failed) {
        await client.upload(item.output_url, new Blob([picture]), { contentType: 'image/png' });
        await client.upload(item.preview_url, new Blob([picture]), { contentType: 'image/jpeg' });
      }
      await client.recordItemResult({
        params: { id },
        body: {
          idx: item.idx,
          idempotency_key: `${prefix}-item-${item.idx}`,
          ...(failed
            ? { status: 'failed', error: 'too dark to see anything' }
            : { status: 'done', output_key: item.output_key, preview_key: item.preview_key, confidence: 0.9375 }),
        },
      });
    }
    await client.acknowledgeMessages({ params, body: { acks: [{ lease_id: message.lease_id }] } });
    return id;
  }
}
