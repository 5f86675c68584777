import { Kinds } from '../../src/domain/kinds.ts';
import { task } from '../../src/kinds/task/domain/kind.ts';
import type { TaskJob } from '../../src/kinds/task/domain/types.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { submitTask } from '../../src/kinds/task/application/submit.ts';
import { deliverWebhooks } from '../../src/application/webhooks/deliver.ts';
import { taskView } from '../../src/kinds/task/contract/task-view.ts';
import type { OutboxMessage } from '../../src/ports/store/outbox.ts';
import type { Store } from '../../src/ports/store/store.ts';
import { createFakeClock } from '../../src/testing/fake-clock.ts';
import { relayOnce } from '../../src/services/outbox-relay.ts';
import { accepted, as, createMemoryLogger } from './platform.ts';
import { createSqliteFile } from './sqlite-file.ts';
import { createTaskServer, endedTask, type TaskServer } from './task-server.ts';

const url = 'https://shop.example/hook';
const clock = createFakeClock();

let file: ReturnType<typeof createSqliteFile>;
let store: Store;
let server: TaskServer;
let puts: number;
beforeEach(() => {
  file = createSqliteFile();
  store = file.open();
  server = createTaskServer(store, clock);
  puts = 0;
});
afterEach(() => file.remove());

/** As the relay does; twice, as it may. Answers what it was given. */
async function relay(): Promise<OutboxMessage[]> {
  const said: OutboxMessage[] = [];
  const deliver = deliverWebhooks({
    store, kinds: new Kinds([task]), clock, viewOf: async (job) => taskView(job as TaskJob), onPut: () => (puts += 1),
  });
  const logger = createMemoryLogger();
  const webhook = async (messages: readonly OutboxMessage[]): Promise<void> => {
    said.push(...messages);
    await deliver(messages);
    clock.advance(5_000);
    await deliver(messages);
  };
  await relayOnce({ outbox: store.outbox, deliverers: { webhook }, clock, logger, random: () => 0 });
  expect(logger.lines).toEqual([]);
  return said;
}

const deliveries = async () => {
  const listed = await store.webhooks.list({ ownerId: 'ada', limit: 10 });
  return Promise.all(listed.map(async ({ id }) => (await store.webhooks.get(id))!));
};

describe('the end of a task with a webhookUrl', () => {
  it.each([['complete', 'job.completed'], ['fail', 'job.failed']] as const)(
    'makes one delivery that shows the task, however often it is said (%s)',
    async (how, type) => {
      const id = await endedTask(server, url, how);
      const madeAt = clock.now();
      await relay();
      const task = await accepted(server.tasks.get(as('ada'), id));
      const [delivery, ...more] = await deliveries();
      expect(more).toEqual([]);
      expect(delivery).toMatchObject({
        jobId: id, ownerId: 'ada', url, eventType: type, state: 'pending', attempt: 0, dueAt: madeAt,
      });
      expect(delivery?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(JSON.parse(delivery!.body)).toEqual({
        type, timestamp: new Date(task.endedAt!).toISOString(), data: JSON.parse(JSON.stringify(taskView(task))),
      });
      expect(puts).toBe(2);
    },
  );

  it('makes a delivery when the task was canceled', async () => {
    const { task } = await accepted(server.tasks.submit(as('ada'), { type: 'x', data: 1, webhookUrl: url }));
    await accepted(server.tasks.cancel(as('ada'), task.id));
    await relay();
    expect(await deliveries()).toMatchObject([{ eventType: 'job.canceled' }]);
  });

  it('makes a delivery of each end as it was, when the task was retried before the first was sent', async () => {
    const id = await endedTask(server, url, 'fail');
    await accepted(server.tasks.retry(as('ada'), id));
    await accepted(server.tasks.cancel(as('ada'), id));
    // In order per job: one message at a time.
    await relay();
    await relay();
    const told = await deliveries();
    expect(told.map(({ eventType }) => eventType).sort()).toEqual(['job.canceled', 'job.failed']);
    const failed = told.find(({ eventType }) => eventType === 'job.failed')!;
    expect(JSON.parse(failed.body).data).toMatchObject({
      status: 'failed', cancelReason: null, errorLog: [{ message: 'no such street' }],
    });
  });

  it('makes no delivery when the task has been deleted', async () => {
    const id = await endedTask(server, url);
    await accepted(server.tasks.remove(as('ada'), id));
    await relay();
    expect(await deliveries()).toEqual([]);
    expect(puts).toBe(0);
  });

  it('keeps its delivery unsent when the endpoint is disabled', async () => {
    await store.webhooks.setDisabled('ada', url, clock.now());
    await endedTask(server, url);
    await relay();
    expect(await deliveries()).toMatchObject([{ state: 'disabled', dueAt: null }]);
  });

  it('makes no delivery to a URL that leads to a private network', async () => {
    const guarded = { ...server.deps, webhookUrlProblem: () => 'leads to a private network' };
    const refused = await submitTask(guarded, as('ada'), { type: 'x', data: 1, webhookUrl: 'http://10.0.0.1/' });
    expect(refused).toMatchObject({ refusal: { details: { fields: { webhookUrl: 'leads to a private network' } } } });
  });
});
