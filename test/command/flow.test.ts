import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProviderFailure } from '../../src/ports/provider.ts';
import type { Store } from '../../src/ports/store/store.ts';
import { createSqliteStore } from '../../src/stores/sqlite/store.ts';
import { openMigrated } from '../stores/sqlite/open.ts';
import { cancelJob } from '../../src/application/jobs/change.ts';
import { failed, operator, succeeded, Yard } from './yard.ts';

let store: Store;
let yard: Yard;

beforeEach(async () => {
  store = createSqliteStore(openMigrated(':memory:'));
  yard = new Yard(store);
  await yard.start();
});

afterEach(async () => {
  await yard.stop();
  await store.close();
});

describe('a command job', () => {
  it('gets a worker that is started for it and ended afterwards', async () => {
    await yard.register();
    yard.provider.onMade = (spec) => void yard.agent(spec, async () => succeeded);
    const id = await yard.submit('echo hi');
    const job = await yard.until(id, ({ endedAt }) => endedAt !== null);
    expect(job).toMatchObject({ state: 'SUCCEEDED', attempt: 1, fields: { exitCode: 0, failure: null } });
    const events = await store.jobs.events(id, { after: 0, limit: 100 });
    expect(events.map(({ body }) => [body.type, body.state])).toEqual([
      ['JobCreated', 'PENDING'], ['JobAssigned', 'ASSIGNED'], ['JobAccepted', undefined],
      ['JobStatusChanged', 'RUNNING'], ['JobStatusChanged', 'SUCCEEDED'],
    ]);
    const [workerId = ''] = yard.provider.everMade;
    await yard.until(workerId, ({ state }) => state === 'TERMINATED');
    expect(yard.provider.made.size).toBe(0);
    const own = await store.jobs.events(workerId, { after: 0, limit: 100 });
    expect(new Set(own.map(({ correlationId }) => correlationId))).toEqual(new Set([id]));
  });

  it('that fails is FAILED with its exit code, and retried if its policy says so', async () => {
    await yard.register();
    let runs = 0;
    yard.provider.onMade = (spec) => void yard.agent(spec, async () => (runs++ === 0 ? failed : succeeded));
    const once = await yard.submit('exit 7');
    expect(await yard.until(once, ({ endedAt }) => endedAt !== null)).toMatchObject({
      state: 'FAILED', fields: { exitCode: 7, failure: { reason: 'NON_ZERO_EXIT_CODE' } },
    });
    runs = 0;
    const retry = { maxAttempts: 2, backoff: { firstMs: 1, maxMs: 1 }, on: 'failure' };
    const twice = await yard.submit('exit 7', { retry });
    const again = await yard.until(twice, ({ endedAt }) => endedAt !== null);
    expect(again).toMatchObject({ state: 'SUCCEEDED', attempt: 2 });
    expect(yard.provider.everMade.length).toBe(3);
  });

  it('waits while every place is taken, and there are never more workers than places', async () => {
    await yard.register(3);
    yard.provider.onMade = (spec) => void yard.agent(spec, async () => succeeded);
    const ids = await Promise.all(Array.from({ length: 20 }, () => yard.submit('echo')));
    for (const id of ids) await yard.until(id, ({ state }) => state === 'SUCCEEDED');
    expect(yard.provider.most).toBeLessThanOrEqual(3);
    expect(yard.provider.everMade.length).toBe(20);
    for (const id of yard.provider.everMade) await yard.until(id, ({ state }) => state === 'TERMINATED');
    const [report] = await listed();
    expect(report).toMatchObject({ activeWorkers: 0 });
  });

  it('whose worker dies while it runs is retried if its policy allows, and FAILED otherwise', async () => {
    await yard.register();
    let first = true;
    yard.provider.onMade = (spec) =>
      void yard.agent(spec, async () => {
        if (!first) return succeeded;
        first = false;
        yard.provider.kill(spec.workerId);
        return null;
      });
    const id = await yard.submit('sleep 1', { retry: { maxAttempts: 2, backoff: { firstMs: 1, maxMs: 1 } } });
    const job = await yard.until(id, ({ endedAt }) => endedAt !== null);
    expect(job).toMatchObject({ state: 'SUCCEEDED', attempt: 2 });
    expect(job.fields.executions[0]).toMatchObject({ failure: { reason: 'INFRASTRUCTURE_ERROR' } });
    expect(await sagasOf(id)).toContain('RECOVERY succeeded');
    first = true;
    const other = await yard.submit('sleep 1');
    expect(await yard.until(other, ({ endedAt }) => endedAt !== null)).toMatchObject({ state: 'FAILED' });
    for (const worker of yard.provider.everMade) await yard.until(worker, ({ state }) => state === 'TERMINATED');
    expect(yard.provider.made.size).toBe(0);
  });

  it('leaves its sagas complete', async () => {
    await yard.register();
    yard.provider.onMade = (spec) => void yard.agent(spec, async () => succeeded);
    const id = await yard.submit('echo');
    await yard.until(id, ({ state }) => state === 'SUCCEEDED');
    await yard.until(yard.provider.everMade[0] ?? '', ({ state }) => state === 'TERMINATED');
    await expect.poll(() => sagasOf(id)).toEqual(['EXECUTION succeeded', 'PROVISIONING succeeded']);
  });

  it('without a worker waits and tries again, but fails at once if its requirements cannot be met', async () => {
    await yard.register();
    yard.provider.failure = new ProviderFailure('invalid', 'There is no network mode x.', { retryable: false });
    const wrong = await yard.submit('echo');
    expect(await yard.until(wrong, ({ endedAt }) => endedAt !== null)).toMatchObject({
      state: 'FAILED', fields: { failure: { reason: 'CONFIGURATION_ERROR', message: 'There is no network mode x.' } },
    });
    const gpu = await yard.submit('echo', { requirements: { gpuCount: 1 } });
    expect(await yard.until(gpu, ({ endedAt }) => endedAt !== null)).toMatchObject({
      state: 'FAILED', fields: { failure: { message: 'No provider can run it: yard has no GPU.' } },
    });
    yard.provider.failure = new ProviderFailure('failed', 'No room.', { retryable: false });
    const waiting = await yard.submit('echo');
    await yard.until(waiting, ({ fields }) => fields.failedAssignments > 0);
    yard.provider.failure = null;
    yard.provider.onMade = (spec) => void yard.agent(spec, async () => succeeded);
    await yard.until(waiting, ({ state }) => state === 'SUCCEEDED');
  });

  it('can be canceled while it waits, while its worker starts, and while it runs', async () => {
    const { writePath, kinds } = yard.engine.deps;
    const cancel = (id: string) => cancelJob({ writePath, kinds }, operator, id);
    const early = await yard.submit('echo');
    expect(await cancel(early)).toMatchObject({ ok: true, value: { state: 'CANCELLED' } });
    await yard.register();
    const assigned = await yard.submit('echo');
    await yard.until(assigned, ({ state }) => state === 'ASSIGNED');
    expect(await cancel(assigned)).toMatchObject({ ok: true, value: { state: 'CANCELLED' } });
    yard.provider.onMade = (spec) => void (async () => {
      const session = await yard.connect(spec);
      for await (const message of session.messages(new AbortController().signal)) {
        if (message.type === 'assignment') {
          await session.accepted(message.run);
          await session.started(message.run);
        } else if (message.type === 'cancel') {
          await session.result(message.run, { ...failed, exitCode: null, signal: 'SIGTERM' });
        } else if (message.type === 'drain') {
          return;
        }
      }
    })();
    const running = await yard.submit('sleep 100');
    await yard.until(running, ({ state }) => state === 'RUNNING');
    await cancel(running);
    await yard.until(running, ({ state }) => state === 'CANCELLED');
    const events = await store.jobs.events(running, { after: 0, limit: 100 });
    expect(new Set(events.map(({ correlationId }) => correlationId))).toEqual(new Set([running]));
    expect(events.filter(({ body }) => 'requestId' in body).map(({ body }) => body)).toMatchObject([
      { type: 'JobCreated', requestId: 'request-1' }, { type: 'CancelRequested', requestId: 'request-1' },
    ]);
    for (const worker of yard.provider.everMade) await yard.until(worker, ({ state }) => state === 'TERMINATED');
    expect(yard.provider.made.size).toBe(0);
  });
});

async function listed() {
  const found = await yard.commands.providers.list(operator);
  return found.ok ? found.value : [];
}

async function sagasOf(jobId: string): Promise<readonly string[]> {
  const found = await store.jobs.list({ scopes: [{ kind: 'saga', ownerId: null }], labels: { job: jobId }, limit: 10 });
  return found.map(({ type, state }) => `${type} ${state}`).sort();
}
