import { expect, it } from 'vitest';
import { createMetrics } from '../../src/main/node/metrics/metrics.ts';
import { createFakeClock } from '../../src/testing/fake-clock.ts';

/** A store whose every call ends like this. */
function storeWhose<T>(call: () => Promise<T>): never {
  const part = new Proxy({}, { get: () => call });
  return new Proxy({}, { get: () => part }) as never;
}

async function rendered(call: () => Promise<unknown>): Promise<string> {
  const metrics = createMetrics({
    store: storeWhose(call), queues: new Map([['image-set', ['gpu-jobs']]]), taskKind: 'task',
    clock: createFakeClock(), logger: { debug: () => {} }, ownProcess: false,
  });
  metrics.add([{ name: 'waybill_of_a_kind', help: 'Of a kind.', read: async () => Number(await call()) }]);
  metrics.observeCommit(3, 0.01);
  return (await metrics.render()).body;
}

it.each([
  ['fails', () => Promise.reject(new Error('no connection'))], ['does not answer', () => new Promise(() => {})],
] as const)('a server answers its own metrics while the store %s', async (_, call) => {
  const text = await rendered(call);
  expect(text).toMatch(/^waybill_commands_total 3$/m);
  expect(text).toMatch(/^waybill_build_info\{version="[\d.]+"\} 1$/m);
  for (const name of ['jobs', 'outbox_messages', 'credits', 'tasks_waiting', 'of_a_kind']) {
    expect(text).toContain(`# TYPE waybill_${name} gauge`);
    expect(text).not.toMatch(new RegExp(`^waybill_${name}[{ ]`, 'm'));
  }
});
