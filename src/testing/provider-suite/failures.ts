import { expect, it } from 'vitest';
import { staying, type Context } from './context.ts';

export function failureTests(c: Context): void {
  it('says that workers could be started now, and how long the look took', async () => {
    const health = await c.provider.test(c.signal);
    expect(health).toMatchObject({ healthy: true, message: expect.stringMatching(/\w.+/) });
    expect(health.latencyMs).toBeGreaterThanOrEqual(0);
  });

  const { images, refusesMissingImages } = c.can;
  if (refusesMissingImages) it('says what to do about a missing image, and leaves nothing behind', async () => {
    const spec = c.spec(staying, { image: 'waybill-no-such-image:1' });
    await expect(c.provider.provision(spec, c.signal)).rejects.toMatchObject({
      name: 'ProviderFailure', code: 'image_missing', retryable: false,
      message: expect.stringContaining('waybill-no-such-image:1'),
    });
    expect(await c.under.leftOf(spec.workerId)).toEqual([]);
  });

  if (images && !refusesMissingImages) it('tells that a worker cannot start for want of its image', async () => {
    const spec = c.spec(staying, { image: 'waybill-no-such-image:1' });
    await c.provider.provision(spec, c.signal);
    const problem = expect.stringContaining('waybill-no-such-image:1');
    await expect.poll(() => c.provider.inspect(spec.workerId, c.signal)).toEqual({ state: 'starting', problem });
    await c.provider.terminate(spec.workerId, { graceMs: 0 }, c.signal);
    expect(await c.under.leftOf(spec.workerId)).toEqual([]);
  });

  if (c.can.remote) it('says that nothing answers, and that it may later', async () => {
    const provider = c.under.unreachable();
    const spec = c.spec(staying);
    const calls = [
      () => provider.provision(spec, c.signal),
      () => provider.inspect(spec.workerId, c.signal),
      () => provider.list(c.signal),
      () => provider.terminate(spec.workerId, { graceMs: 0 }, c.signal),
    ];
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({ name: 'ProviderFailure', code: 'unreachable', retryable: true });
    }
    expect(await provider.test(c.signal)).toMatchObject({ healthy: false, message: expect.stringMatching(/^[A-Z].+/) });
    await provider.close();
  });

  it('does nothing for a signal that is aborted already', async () => {
    const reason = new Error('the server ends');
    const signal = AbortSignal.abort(reason);
    const spec = c.spec(staying);
    await expect(c.provider.provision(spec, signal)).rejects.toBe(reason);
    await expect(c.provider.inspect(spec.workerId, signal)).rejects.toBe(reason);
    await expect(c.provider.terminate(spec.workerId, { graceMs: 0 }, signal)).rejects.toBe(reason);
    await expect(c.provider.list(signal)).rejects.toBe(reason);
    expect(await c.provider.inspect(spec.workerId, c.signal)).toEqual({ state: 'gone' });
    expect(await c.under.leftOf(spec.workerId)).toEqual([]);
  });
}
