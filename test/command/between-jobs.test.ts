import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/main/client/index.ts';
import { AgentProcesses } from '../chaos/agents.ts';
import { startTestServer } from '../server/server.ts';
import { isAlive } from './agent/processes.ts';

const poll = { timeout: 30_000 };

test('nothing of a job is left for the next one on the same warm worker', async () => {
  const server = await startTestServer({ GRPC_PORT: '0' });
  const agents = new AgentProcesses(server.folder);
  onTestFinished(() => {
    for (const pid of agents.all()) agents.signal(pid, 'SIGKILL');
  });
  const client = createClient({ server: server.url, token: 'ada' });
  await client.registerProvider({ body: { name: 'pool', type: 'process', pool: { size: 1, jobsPerWorker: 10 } } });
  await client.putSecret({ params: { name: 'deploy' }, body: { value: 'the-value-of-a-secret' } });
  const ready = async () => (await client.listFleetWorkers({ query: { state: 'READY' } })).workers.map(({ id }) => id);
  /** The lines of the job's log, and the worker that had it. */
  const run = async (command: string, more: object = {}) => {
    const body = { command, requirements: { provider: 'pool' }, ...more };
    const { id } = await client.submitCommand({ body });
    const found = async () => (await client.listCommands({ query: { limit: 10 } })).jobs.find((job) => job.id === id);
    await expect.poll(async () => (await found())?.endedAt ?? null, poll).not.toBeNull();
    expect(await found()).toMatchObject({ state: 'SUCCEEDED' });
    const { lines } = await client.jobLogs({ params: { id }, query: {} });
    const { executions } = (await client.getJob({ params: { id } })) as never as { executions: { workerId: string }[] };
    return { lines: lines.map(({ text }) => text), workerId: executions.at(-1)!.workerId };
  };

  await expect.poll(async () => (await ready()).length, poll).toBe(1);
  const first = await run(
    'echo mine >file; echo mine >"$TMPDIR/file"; mkdir -p "$HOME/.cache"; export LEFT=behind; ' +
      'setsid sleep 300 >/dev/null 2>&1 & echo $!; nohup sleep 301 >/dev/null 2>&1 & echo $!; ' +
      '(trap "" TERM HUP; exec sleep 302) >/dev/null 2>&1 & echo $!; pwd; echo "$TMPDIR"; sleep 0.2',
    { secrets: { TOKEN: 'deploy' }, environment: { OWN: 'of the first job' } },
  );
  const [pids, folders] = [first.lines.slice(0, 3).map(Number), first.lines.slice(3)];
  expect(pids.every((pid) => pid > 1)).toBe(true);
  await expect.poll(async () => (await ready()).includes(first.workerId), poll).toBe(true);

  const list = folders.map((folder) => `ls -A ${folder} 2>/dev/null`).join('; ');
  const second = await run(`echo "files: $(${list}; ls -A . "$TMPDIR" | grep -v : | tr -d '\\n')"; env`);
  expect(second.workerId).toBe(first.workerId);
  expect(second.lines[0]).toBe('files: ');
  const variables = second.lines.slice(1).map((line) => line.split('=')[0]);
  for (const name of ['TOKEN', 'OWN', 'LEFT']) expect(variables).not.toContain(name);
  expect(second.lines.join('\n')).not.toContain('the-value-of-a-secret');
  expect(pids.filter(isAlive)).toEqual([]);
  expect(filesBelow(join(server.folder, 'workers')).filter((file) => (
    readFileSync(file, 'latin1').includes('the-value-of-a-secret')
  ))).toEqual([]);
}, 90_000);

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}
