import { expect, it } from 'vitest';
import { staying, type Context } from './context.ts';

const minute = 60_000;
/** A node may take a minute to remove what it has just started. */
const testMs = 5 * minute;

export function terminateTests(c: Context): void {
  const terminate = async (workerId: string, graceMs: number): Promise<number> => {
    const began = performance.now();
    await c.provider.terminate(workerId, { graceMs }, c.signal);
    expect(await c.provider.inspect(workerId, c.signal)).toEqual({ state: 'gone' });
    expect(await c.under.leftOf(workerId)).toEqual([]);
    return performance.now() - began;
  };

  it('asks the agent to stop, and leaves it time to', async () => {
    const script = 'trap "say stopping; sleep 0.5; say stopped; exit 0" TERM; say ready; sleep 60 & wait';
    const workerId = await c.start(script);
    await terminate(workerId, minute);
    expect(c.agents.said(workerId)).toEqual(['ready', 'stopping', 'stopped']);
  }, testMs);

  it('kills an agent that does not stop when its time is over', async () => {
    const workerId = await c.start('trap "say no" TERM; say ready; while :; do sleep 0.1; done');
    const began = terminate(workerId, 1_500);
    await c.agents.heard(workerId, /^no/);
    const took = await began;
    expect(took).toBeGreaterThanOrEqual(1_490);
    expect(took).toBeLessThan(minute);
  }, testMs);

  if (c.can.killsAtOnce) it('kills at once without a grace', async () => {
    const workerId = await c.start('trap "say stopping" TERM; say ready; while :; do sleep 0.1; done');
    await terminate(workerId, 0);
    expect(c.agents.said(workerId)).toEqual(['ready']);
  }, testMs);

  if (!c.can.killsAtOnce) it('kills soon without a grace', async () => {
    const workerId = await c.start('trap "" TERM; say ready; while :; do sleep 0.1; done');
    expect(await terminate(workerId, 0)).toBeLessThan(minute);
  }, testMs);

  it('ends what the agent started as well, also in the background and in sessions of its own', async () => {
    const child = 'eval "$SUITE_SAY"; trap "" TERM HUP; say ready; while :; do sleep 0.1; done';
    const workerId = await c.start(`setsid sh -c '${child}' & sleep 60 & wait`);
    await terminate(workerId, 300);
  }, testMs);

  it('removes a worker that has exited', async () => {
    const workerId = await c.start('say ready; exit 1');
    await c.ended(workerId);
    await terminate(workerId, minute);
  });

  it('ends one that is being started, or lets it not start', async () => {
    for (let round = 0; round < 4; round += 1) {
      const spec = c.spec(staying);
      const provisioned = c.provider.provision(spec, c.signal).then(() => null, (error: Error) => error);
      await c.provider.terminate(spec.workerId, { graceMs: 0 }, c.signal);
      const error = await provisioned;
      if (error !== null) expect(error).toMatchObject({ name: 'ProviderFailure', retryable: true });
      await terminate(spec.workerId, 0);
    }
  }, testMs);

  it('does nothing to one that is gone, and may be asked by several at once', async () => {
    const workerId = await c.start('trap "sleep 0.3; exit 0" TERM; say ready; sleep 60 & wait');
    await Promise.all([terminate(workerId, minute), terminate(workerId, minute), terminate(workerId, minute)]);
    await terminate(workerId, minute);
    await terminate(c.spec('').workerId, 0);
  }, testMs);

  it('refuses a grace that is none', async () => {
    for (const graceMs of [-1, 0.5, 600_001, Number.NaN]) {
      await expect(c.provider.terminate(c.spec('').workerId, { graceMs }, c.signal)).rejects.toThrow(/graceMs/);
    }
  });

  it('gives up when it is told to, and ends the worker when it is asked again', async () => {
    const workerId = await c.start('trap "say no" TERM; say ready; while :; do sleep 0.1; done');
    const controller = new AbortController();
    const reason = new Error('the server ends');
    const stopping = c.provider.terminate(workerId, { graceMs: minute }, controller.signal);
    await c.agents.heard(workerId, /^no/);
    controller.abort(reason);
    await expect(stopping).rejects.toBe(reason);
    expect(await c.provider.inspect(workerId, c.signal)).toEqual({ state: 'running' });
    await terminate(workerId, 0);
  }, testMs);
}
