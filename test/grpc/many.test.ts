import { afterEach, expect, test } from 'vitest';
import { ok } from '../../src/contract/errors.ts';
import { JobExecutionService } from '../../src/contract/proto/generated/waybill/v1/job_execution_service_pb.ts';
import { answering, startRpcServer, type TestServer } from './harness.ts';

let server: TestServer | null = null;
afterEach(() => server?.close());

test('10,000 calls at once are each answered with their own answer', async () => {
  let most = 0;
  let running = 0;
  server = await startRpcServer([
    answering(JobExecutionService, 'operator', {
      queueJob: async ({ request }) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return ok({ message: request.queuedBy });
      },
    }),
  ]);
  const clients = [1, 2, 3, 4].map(() => server!.client());
  const answers = await Promise.all(Array.from({ length: 10_000 }, async (_, index) => {
    const { message } = await clients[index % 4]!.unary(JobExecutionService.method.queueJob, { queuedBy: `${index}` });
    return message;
  }));
  expect(answers).toEqual(Array.from({ length: 10_000 }, (_, index) => `${index}`));
  expect(most).toBeGreaterThan(100);
  expect(running).toBe(0);
}, 60_000);
