import { expect, it } from 'vitest';
import { staying, type Context } from './context.ts';
import { workerLabels } from '../../ports/provider.ts';

export function provisionTests(c: Context): void {
  it('makes one worker, however often and at whatever times at once it is asked for', async () => {
    const spec = c.spec(staying);
    const handles = await Promise.all([1, 2, 3, 4].map(() => c.provider.provision(spec, c.signal)));
    await c.agents.heard(spec.workerId, /^ready/);
    handles.push(await c.provider.provision(spec, c.signal));
    expect(new Set(handles.map(({ resourceId }) => resourceId)).size).toBe(1);
    expect(handles[0]?.workerId).toBe(spec.workerId);
    expect(handles[0]?.resourceId).not.toBe('');
    expect(c.agents.said(spec.workerId)).toEqual(['ready']);
    await c.provider.terminate(spec.workerId, { graceMs: 0 }, c.signal);
    expect(c.agents.said(spec.workerId)).toEqual(['ready']);
  }, 180_000);

  it('answers a worker that has exited instead of starting it again', async () => {
    const workerId = await c.start('say ready; exit 3');
    const { exitCode } = await c.ended(workerId);
    const again = await c.provider.provision({ ...c.spec('say again'), workerId }, c.signal);
    expect(again.workerId).toBe(workerId);
    expect(await c.provider.inspect(workerId, c.signal)).toMatchObject({ state: 'exited', exitCode });
    expect(c.agents.said(workerId)).toEqual(['ready']);
  });

  it('starts a worker of the same id anew once the first is gone', async () => {
    const workerId = await c.start('say ready; exit 3');
    await c.provider.terminate(workerId, { graceMs: 0 }, c.signal);
    await c.provider.provision({ ...c.spec('exit 4'), workerId }, c.signal);
    expect(await c.ended(workerId)).toMatchObject({ exitCode: 4 });
  });

  if (c.can.images) it('names and labels what it makes', async () => {
    const labels = { 'waybill-worker': 'another', team: 'a-b_c.d', empty: '' };
    const workerId = await c.start(staying, { labels });
    const found = await c.under.labelsOf(workerId);
    expect(found).toMatchObject({ ...labels, ...workerLabels(c.under.providerId, workerId) });
    expect(workerLabels('p', 'w')).toEqual({
      'waybill-managed': 'true', 'waybill-provider': 'p', 'waybill-worker': 'w',
    });
  });

  it('starts many at once, each once', async () => {
    const specs = Array.from({ length: 12 }, () => c.spec('say ready; exit 0'));
    const handles = await Promise.all(specs.map((spec) => c.provider.provision(spec, c.signal)));
    expect(new Set(handles.map(({ resourceId }) => resourceId)).size).toBe(specs.length);
    await Promise.all(specs.flatMap(({ workerId }) => [c.agents.heard(workerId, /^ready/), c.ended(workerId)]));
    expect(specs.map(({ workerId }) => c.agents.said(workerId))).toEqual(specs.map(() => ['ready']));
    await Promise.all(specs.map(({ workerId }) => c.provider.terminate(workerId, { graceMs: 0 }, c.signal)));
  }, 60_000);

  it('refuses an id that is no UUID, and other values that no worker has', async () => {
    const spec = c.spec(staying);
    const wrong = [
      { workerId: '../../etc' }, { workerId: spec.workerId.toUpperCase() }, { image: '' }, { image: 'a b' },
      { cpuCores: 0 }, { cpuCores: Number.NaN }, { memoryBytes: 0.5 }, { diskBytes: -1 }, { gpuCount: 65 },
      { labels: { 'a b': 'c' } }, { labels: { a: 'x'.repeat(64) } }, { agentEnvironment: { 'A=B': 'c' } },
      { agentEnvironment: { A: 'b\0c' } }, { agentEnvironment: { A: 'x'.repeat(200_000) } },
    ];
    for (const each of wrong) {
      await expect(c.provider.provision({ ...spec, ...each }, c.signal), JSON.stringify(each).slice(0, 80))
        .rejects.toThrow(expect.objectContaining({ name: 'InvariantViolation' }));
    }
    expect(await c.provider.inspect(spec.workerId, c.signal)).toEqual({ state: 'gone' });
  });

  it('refuses what it does not have, in words for who asked', async () => {
    const { images, gpu } = c.provider.capabilities;
    const wrong = [
      { networkMode: 'no-such-network' }, ...(images ? [] : [{ image: 'busybox' }]), ...(gpu ? [] : [{ gpuCount: 1 }]),
    ];
    for (const each of wrong) {
      const spec = c.spec(staying, each);
      await expect(c.provider.provision(spec, c.signal)).rejects.toMatchObject({
        name: 'ProviderFailure', code: 'invalid', retryable: false, message: expect.stringMatching(/^[A-Z].+\.$/),
      });
      expect(await c.under.leftOf(spec.workerId)).toEqual([]);
    }
  });
}
