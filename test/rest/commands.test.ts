import { expect, it } from 'vitest';
import { noPool } from '../../src/kinds/command/domain/warm-pool.ts';
import { asMira, json, startApp } from './harness.ts';

const { app, calls } = startApp();

async function ask(method: string, path: string, body?: unknown) {
  calls.length = 0;
  const init = { method, headers: asMira, ...(body !== undefined && { body: JSON.stringify(body) }) };
  const answer = await json(app.request(`http://waybill.test${path}`, init));
  return { answer, asked: calls.map(({ method: name, args }) => [name, ...args.slice(1)]) };
}

it('a command is submitted as it was read, with its Idempotency-Key', async () => {
  calls.length = 0;
  const headers = { ...asMira, 'idempotency-key': 'once' };
  const body = JSON.stringify({ command: 'make', timeout_ms: 1_000, run_at: '2026-11-22T10:00:00Z' });
  const answer = await json(app.request('http://waybill.test/api/commands', { method: 'POST', headers, body }));
  expect(calls[0]?.args[1]).toEqual({
    command: 'make', timeoutMs: 1_000, runAt: Date.parse('2026-11-22T10:00:00Z'), idempotencyKey: 'once',
  });
  expect(answer.data).toMatchObject({ state: 'ASSIGNED', stateNumber: 2, deduplicated: false, attempt: 2 });
});

it('a job shows which secrets it has, and nothing of its sagas', async () => {
  const { answer } = await ask('POST', '/api/commands', { command: 'make' });
  expect(answer.data.secrets).toEqual({ TOKEN: 'npm/publish' });
  expect(JSON.stringify(answer)).not.toMatch(/saga/i);
});

it('workers are listed by the name of their provider, without what proves their agents', async () => {
  const { answer, asked } = await ask('GET', '/api/fleet/workers?provider=docker&state=BUSY');
  expect(asked).toEqual([
    ['providers.get', 'docker'],
    ['fleet.workers', { limit: 50, state: 'BUSY', providerId: '01935a30-1b2c-7d3e-8f40-5a6b7c8d9e0f' }],
  ]);
  expect(answer.data.workers).toMatchObject([{ state: 'BUSY', agentVersion: '0.1.0' }]);
  expect(JSON.stringify(answer)).not.toMatch(/hash/i);
});

it('a provider is enabled and disabled, and one with defaults is registered', async () => {
  for (const reason of [undefined, 'The host is restarted.']) {
    expect((await ask('POST', '/api/providers/docker/disable', { reason })).asked).toEqual([
      ['providers.disable', 'docker', reason],
    ]);
  }
  expect((await ask('POST', '/api/providers/docker/enable')).asked).toEqual([
    ['providers.update', 'docker', { status: 'ACTIVE' }],
  ]);
  expect((await ask('POST', '/api/providers', { name: 'yard', type: 'docker' })).asked).toEqual([
    [
      'providers.register',
      {
        name: 'yard', type: 'docker', config: {}, status: 'ACTIVE', priority: 0, maxWorkers: 10, labels: {},
        pool: noPool,
      },
    ],
  ]);
  expect((await ask('PATCH', '/api/providers/docker', { max_workers: 3 })).asked).toEqual([
    ['providers.update', 'docker', { maxWorkers: 3 }],
  ]);
});

it('a secret may have a slash in its name, and its value is not answered', async () => {
  const { answer, asked } = await ask('PUT', '/api/secrets/npm%2Fpublish', { value: 's3cret' });
  expect(asked).toEqual([['secrets.put', 'npm/publish', 's3cret']]);
  expect(JSON.stringify(answer)).not.toContain('s3cret');
});

