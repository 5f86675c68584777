import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { staying, type Context } from './context.ts';

export function listTests(c: Context): void {
  const idsOf = async (provider = c.provider) => (await provider.list(c.signal)).map(({ workerId }) => workerId);

  it('names every worker that is there, in whatever state, and none that is gone', async () => {
    const [running, exited, gone] = await Promise.all([c.start(staying), c.start('say ready'), c.start('say ready')]);
    await c.ended(exited);
    await c.provider.terminate(gone, { graceMs: 0 }, c.signal);
    const ids = await idsOf();
    expect(ids).toEqual(expect.arrayContaining([running, exited]));
    expect(ids).not.toContain(gone);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('says of each what provisioning it said', async () => {
    const before = Date.now();
    const spec = c.spec(staying);
    const handle = await c.provider.provision(spec, c.signal);
    const found = (await c.provider.list(c.signal)).find(({ workerId }) => workerId === spec.workerId);
    expect(found?.resourceId).toBe(handle.resourceId);
    // Docker lists whole seconds.
    const createdAt = found?.createdAt ?? before;
    expect(Math.abs(createdAt - before)).toBeLessThan(30_000);
  });

  it('leaves out workers of other providers, and finds its own again as another server would', async () => {
    const otherId = randomUUID();
    const other = c.under.another(otherId);
    const again = c.under.another(c.under.providerId);
    try {
      const mine = await c.start(staying);
      const spec = c.spec(staying);
      await other.provision(spec, c.signal);
      expect(await idsOf()).toContain(mine);
      expect(await idsOf()).not.toContain(spec.workerId);
      expect(await idsOf(other)).toEqual([spec.workerId]);
      expect(await idsOf(again)).toContain(mine);
      expect(await again.inspect(mine, c.signal)).toEqual({ state: 'running' });
      await again.terminate(mine, { graceMs: 0 }, c.signal);
      await other.terminate(spec.workerId, { graceMs: 0 }, c.signal);
      expect(await idsOf()).not.toContain(mine);
      expect(await idsOf(other)).toEqual([]);
    } finally {
      await Promise.all([other.close(), again.close()]);
    }
  });

  it('neither shows nor ends a worker of another provider', async () => {
    const other = c.under.another(randomUUID());
    try {
      const workerId = await c.start('trap "exit 1" TERM; say ready; sleep 60 & wait');
      expect(await other.inspect(workerId, c.signal)).toEqual({ state: 'gone' });
      await other.terminate(workerId, { graceMs: 0 }, c.signal);
      expect(await c.provider.inspect(workerId, c.signal)).toEqual({ state: 'running' });
    } finally {
      await other.close();
    }
  });
}
