/** How a worker is, from its start to its end. */
import { expect, it } from 'vitest';
import { staying, type Context } from './context.ts';

export function endTests(c: Context): void {
  it('tells a worker that runs, one that has exited and one that never was', async () => {
    const workerId = await c.start('say ready; read -r line; while [ ! -e stop ]; do sleep 0.1; done');
    expect(await c.provider.inspect(workerId, c.signal)).toEqual({ state: 'running' });
    await c.provider.terminate(workerId, { graceMs: 0 }, c.signal);
    expect(await c.provider.inspect(workerId, c.signal)).toEqual({ state: 'gone' });
    expect(await c.provider.inspect(c.spec('').workerId, c.signal)).toEqual({ state: 'gone' });
  });

  it.each([0, 1, 7, 128])('tells the exit code %i', async (exitCode) => {
    const workerId = await c.start(`say ready; exit ${exitCode}`);
    const status = { state: 'exited', exitCode, signal: null, outOfMemory: false };
    expect(await c.ended(workerId)).toMatchObject(status);
  });

  it('gives what the agent printed last as the reason of a failure, and none for a success', async () => {
    const [failed, succeeded] = await Promise.all([
      c.start('say ready; echo "first" >&2; echo "no such server" >&2; exit 1'),
      c.start('say ready; echo "all is well" >&2'),
    ]);
    expect((await c.ended(failed)).reason).toBe('first\nno such server');
    expect((await c.ended(succeeded)).reason).toBeNull();
  });

  it('gives the end of much that the agent printed', async () => {
    const workerId = await c.start('say ready; seq 1 20000; exit 1');
    const { reason } = await c.ended(workerId);
    expect(reason).toMatch(/\n20000$/);
    expect(reason?.length).toBeLessThanOrEqual(1_000);
  });

  it.each(['SIGKILL', 'SIGSEGV', 'SIGTERM'])('tells that %s ended the agent', async (name) => {
    const signal = name.slice('SIG'.length);
    // A shell of its own, since the first process of a container gets no signal from inside it.
    const workerId = await c.start(`say ready; exec sh -c 'kill -${signal} $$; sleep 60'`);
    expect(await c.ended(workerId)).toMatchObject({ exitCode: null, signal: name, outOfMemory: false });
  });

  it('tells the end of a worker that was killed from outside', async () => {
    const workerId = await c.start(staying);
    await c.under.kill(workerId);
    expect(await c.ended(workerId)).toMatchObject({ exitCode: null });
  });

  if (c.can.outOfMemory) it('tells that a worker ran out of memory', async () => {
    // tail keeps the whole of a line that does not end.
    const script = 'say ready; exec tail -n 1 /dev/zero';
    const workerId = await c.start(script, { memoryBytes: 16 * 1024 ** 2 });
    const { reason, ...status } = await c.ended(workerId);
    expect(status).toEqual({ state: 'exited', exitCode: null, signal: 'SIGKILL', outOfMemory: true });
    expect(reason).toMatch(/memory/);
  });
}
