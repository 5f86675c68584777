import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect, it, vi } from 'vitest';
import { createClient } from '../../src/main/client/index.ts';
import { runHere } from '../cli/program.ts';
import { startTestServer } from '../server/server.ts';

type Row = Readonly<Record<string, unknown>>;

export interface QueriedStore {
  readonly env: Readonly<Record<string, string>>;
  /** Runs a query as people who look into the database of a folder do: all values as text, null where there is none. */
  ask(folder: string, sql: string): Promise<readonly Row[]>;
  /** All that is in the database, as text. */
  dump(folder: string): Promise<string>;
}

type Asked = Awaited<ReturnType<typeof startAsked>>;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const text: unknown = expect.any(String);

async function startAsked({ env, ask, dump }: QueriedStore) {
  const server = await startTestServer(env);
  const client = createClient({ server: server.url, token: 'ada' });
  return {
    ...server,
    client,
    submit: async (command: string, more: object = {}) =>
      (await client.submitCommand({ body: { command, ...more } })).id,
    ended: (id: string): Promise<unknown> => vi.waitFor(async () => {
      expect(await client.getJob({ params: { id } })).toMatchObject({ endedAt: text });
    }, 30_000),
    ask: (sql: string) => ask(server.folder, sql),
    /** The values of each row, joined as `psql -At` does. */
    lines: async (sql: string) =>
      (await ask(server.folder, sql)).map((row) => Object.values(row).map((value) => value ?? '').join('|')),
    dump: () => dump(server.folder),
  };
}

/** What people ask the database about command jobs, on a store of either sort, after jobs that have really run. */
export function queryRules(open: () => Promise<QueriedStore>): void {
  it('answers how each job went, with its events, its log, its workers and its sagas', async () => {
    const asked = await startAsked(await open());
    const { submit, ended, lines, client } = asked;
    const script = 'for i in {1..50000}; do echo "line $i of the log"; done';
    const many = await submit('bash', { arguments: ['-c', script] });
    const failing = await submit('exit 7', { name: 'seven' });
    const echoes = await Promise.all([1, 2, 3, 4, 5].map((number) => submit(`echo batch ${number}`)));
    for (const id of [many, failing, ...echoes]) await ended(id);
    const left = "SELECT COUNT(*) AS n FROM workers WHERE state <> 'TERMINATED'";
    await vi.waitFor(async () => expect(await lines(left)).toEqual(['0']), 30_000);
    await vi.waitFor(async () => expect(await lines('SELECT COUNT(*) FROM job_log_files')).toEqual(['6']), 30_000);
    await vi.waitFor(async () => expect(await lines('SELECT COUNT(*) FROM outbox_events')).toEqual(['0']), 30_000);
    const [echo = ''] = echoes;
    await expectJobs(asked, echo, failing);
    await expectEvents(asked, echo);
    await expectLog(asked, many);
    await expectWorkers(asked);
    await expectSagas(asked, echo);
    expect((await client.commandQueue()).states).toMatchObject({ SUCCEEDED: 6, FAILED: 1 });
  }, 60_000);

  it('agrees with the command line on five workers that run five jobs', async () => {
    const { submit, lines, url, client } = await startAsked(await open());
    const ids = await Promise.all([1, 2, 3, 4, 5].map(() => submit('sleep 300')));
    const running = "SELECT COUNT(*) AS n FROM jobs WHERE state = 'RUNNING'";
    await vi.waitFor(async () => expect(await lines(running)).toEqual(['5']), 30_000);
    expect(await lines(`SELECT current_job_id FROM workers WHERE state = 'BUSY' AND last_heartbeat IS NOT NULL
      ORDER BY current_job_id`)).toEqual([...ids].sort());
    const env = { WAYBILL_SERVER: url, WAYBILL_TOKEN: 'ada', HOME: '/nonexistent' };
    const { stdout: workers } = await runHere(['worker', 'list'], env);
    const busy = [...workers.matchAll(/^\S+ +BUSY +process +(\S+)/gm)].map(([, job]) => job);
    expect(busy.sort()).toEqual([...ids].sort());
    const { stdout: queue } = await runHere(['queue', 'status'], env);
    expect(queue).toMatch(/^RUNNING +5$/m);
    for (const id of ids) await client.cancelJob({ params: { id } });
    const states = 'SELECT DISTINCT state FROM workers';
    await vi.waitFor(async () => expect(await lines(states)).toEqual(['TERMINATED']), 30_000);
    expect(await lines('SELECT state, COUNT(*) AS n FROM jobs GROUP BY state')).toEqual(['CANCELLED|5']);
  }, 60_000);

  it('has the value of a secret nowhere', async () => {
    const { submit, ended, client, dump, log } = await startAsked(await open());
    const value = 'do-not-write-this-anywhere';
    await client.putSecret({ params: { name: 'deploy' }, body: { value } });
    const id = await submit('echo "${#TOKEN} characters"', { secrets: { TOKEN: 'deploy' } });
    await ended(id);
    const { lines } = await client.jobLogs({ params: { id }, query: {} });
    expect(lines.map((line) => line.text)).toEqual([`${value.length} characters`]);
    const all = await dump();
    expect(all).toContain(id);
    for (const written of [value, Buffer.from(value).toString('base64').slice(0, -3)]) {
      expect(all).not.toContain(written);
      expect(log.join('')).not.toContain(written);
    }
  }, 60_000);
}

async function expectJobs({ ask, lines }: Asked, succeeded: string, failed: string): Promise<void> {
  const byState = "SELECT state, COUNT(*) AS n FROM jobs WHERE created_at > NOW() - INTERVAL '1 hour' GROUP BY state";
  expect((await lines(byState)).sort()).toEqual(['FAILED|1', 'SUCCEEDED|6']);
  expect(await lines(`SELECT state FROM jobs WHERE id = '${succeeded}'`)).toEqual(['SUCCEEDED']);
  const providers = await ask('SELECT id, provider_type, status FROM provider_configs ORDER BY provider_type');
  expect(providers).toEqual([{ id: expect.stringMatching(uuid), provider_type: 'process', status: 'ACTIVE' }]);
  const whole = (id: string): string => `SELECT id, state, selected_provider_id, created_at, started_at, completed_at,
    error_message FROM jobs WHERE id='${id}'`;
  const [job = {}] = await ask(whole(succeeded));
  expect(job).toMatchObject({
    id: succeeded, state: 'SUCCEEDED', selected_provider_id: providers[0]?.['id'], error_message: null,
  });
  const times = ['created_at', 'started_at', 'completed_at'].map((name) => Date.parse(String(job[name])));
  expect(times.every(Number.isFinite)).toBe(true);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(await ask(whole(failed))).toMatchObject([
    { state: 'FAILED', error_message: 'The command exited with code 7.' },
  ]);
  expect(await ask(`SELECT spec, attempts, max_attempts, result FROM jobs WHERE id = '${failed}'`)).toEqual([{
    attempts: '1', max_attempts: '1', spec: expect.stringContaining('"exit 7"'), result: expect.stringContaining('7'),
  }]);
  expect(await lines('SELECT job_id, enqueued_at, priority FROM job_queue')).toEqual([]);
}

async function expectEvents({ lines }: Asked, id: string): Promise<void> {
  const types = ['JobCreated', 'JobAssigned', 'JobAccepted', 'JobStatusChanged', 'JobStatusChanged'];
  const micros = '\\d{4}-\\d\\d-\\d\\d.\\d\\d:\\d\\d:\\d\\d\\.\\d{6}';
  expect(await lines(`SELECT event_type, aggregate_id, occurred_at::text FROM domain_events WHERE aggregate_id='${id}'
    ORDER BY occurred_at`)).toEqual(
    types.map((type) => expect.stringMatching(new RegExp(`^${type}\\|${id}\\|${micros}`)) as unknown),
  );
  expect(await lines(`SELECT payload::json->>'old_state' AS old_state, payload::json->>'new_state' AS new_state
    FROM domain_events WHERE aggregate_id='${id}' AND event_type='JobStatusChanged' ORDER BY occurred_at`)).toEqual(
    ['ASSIGNED|RUNNING', 'RUNNING|SUCCEEDED'],
  );
  const told = await lines(
    `SELECT event_type FROM domain_events WHERE correlation_id='${id}' OR aggregate_id='${id}' ORDER BY occurred_at`,
  );
  const [first, ...others] = told.filter((type) => type.startsWith('Worker') && type !== 'WorkerStatusChanged');
  expect([first, others.pop()]).toEqual(['WorkerProvisioningRequested', 'WorkerTerminated']);
  // An agent may register before its provider has answered.
  expect(others.toSorted()).toEqual(['WorkerProvisioned', 'WorkerRegistered']);
  expect(told[0]).toBe('JobCreated');
  expect(await lines(`SELECT aggregate_id, aggregate_type, event_type, status, retry_count, last_error, published_at
    FROM outbox_events`)).toEqual([]);
}

async function expectLog({ ask }: Asked, id: string): Promise<void> {
  const [log = {}, ...others] = await ask(`SELECT id, storage_uri, size_bytes, entry_count,
    created_at::text AS created_at FROM job_log_files WHERE job_id='${id}'`);
  expect(others).toEqual([]);
  expect(log).toMatchObject({ id: expect.stringMatching(uuid), entry_count: '50000', created_at: text });
  const stored = readFileSync(fileURLToPath(String(log['storage_uri']))).subarray(0, Number(log['size_bytes']));
  const written = gunzipSync(stored).toString().trimEnd().split('\n');
  expect(written.map((line) => (JSON.parse(line) as { text: string }).text)).toEqual(
    Array.from({ length: 50_000 }, (_, index) => `line ${index + 1} of the log`),
  );
}

async function expectWorkers({ ask, lines }: Asked): Promise<void> {
  expect(await ask(`SELECT id, state, provider_type, provider_resource_id, created_at, updated_at FROM workers
    WHERE created_at > NOW() - INTERVAL '1 hour' ORDER BY created_at DESC LIMIT 5`)).toEqual(
    Array.from({ length: 5 }, () => ({
      id: expect.stringMatching(uuid), state: 'TERMINATED', provider_type: 'process',
      provider_resource_id: expect.stringMatching(/^\d+$/), created_at: text, updated_at: text,
    })),
  );
  expect(await lines(`SELECT COUNT(*) AS n FROM worker_bootstrap_tokens
    WHERE consumed_at > created_at AND expires_at > consumed_at`)).toEqual(['7']);
}

async function expectSagas({ ask, lines }: Asked, jobId: string): Promise<void> {
  const steps: Readonly<Record<string, readonly string[]>> = {
    EXECUTION: ['ValidateJob', 'AssignWorker', 'ExecuteJob', 'CompleteJob'],
    PROVISIONING: ['ValidateProviderCapacity', 'CreateInfrastructure', 'RegisterWorker', 'PublishProvisionedEvent'],
  };
  const sagas = await ask(`SELECT id, saga_type, state, correlation_id, error_message, started_at, completed_at
    FROM sagas WHERE correlation_id='${jobId}' ORDER BY started_at DESC`);
  expect(sagas.map((saga) => saga['saga_type']).sort()).toEqual(Object.keys(steps));
  for (const saga of sagas) {
    const [id, names] = [String(saga['id']), steps[String(saga['saga_type'])] ?? []];
    expect(saga).toMatchObject({ state: 'COMPLETED', error_message: null, started_at: text, completed_at: text });
    const rows = await ask(`SELECT step_name, state, retry_count, error_message, started_at, completed_at
      FROM saga_steps WHERE saga_id='${id}' ORDER BY step_order`);
    expect(rows).toEqual(names.map((name) => ({
      step_name: name, state: 'COMPLETED', retry_count: '0', error_message: null, started_at: text, completed_at: text,
    })));
    const audit = `SELECT event_type, step_name FROM saga_audit_events WHERE saga_id='${id}' ORDER BY occurred_at`;
    // A worker may register before the step that makes its infrastructure has ended.
    const trail = (await lines(audit)).filter((line) => !line.startsWith('StepSettled|'));
    expect(trail).toEqual([
      'SagaStarted|', ...names.flatMap((name) => [`StepStarted|${name}`, `StepCompleted|${name}`]), 'SagaCompleted|',
    ]);
  }
}
