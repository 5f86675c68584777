import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('the Worker has the names of the contract', () => {
  const text = readFileSync(new URL('../../deploy/wrangler.jsonc', import.meta.url), 'utf8');
  const config = JSON.parse(text.replace(/^\s*\/\/.*$/gm, ''));
  expect(config.exports).toEqual({
    UserLimiterDO: { type: 'durable-object', storage: 'sqlite' },
    JobCoordinatorDO: { type: 'durable-object', storage: 'sqlite' },
    CellDO: { type: 'durable-object', storage: 'sqlite' },
    PullQueueDO: { type: 'durable-object', storage: 'sqlite' },
  });
  expect(config.queues.producers).toEqual([
    { binding: 'GPU_QUEUE', queue: 'gpu-jobs' }, { binding: 'WEBHOOK_QUEUE', queue: 'webhooks' },
  ]);
  // Six requests of a Worker are under way at a time; a batch is pushed at once.
  expect(config.queues.consumers[0].max_batch_size).toBeLessThanOrEqual(6);
  expect(config.d1_databases).toMatchObject([{ binding: 'DB', database_name: 's3-db' }]);
  expect(config.r2_buckets).toMatchObject([{ binding: 'R2', bucket_name: 's3-images' }]);
});
