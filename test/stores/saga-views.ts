import { expect, it } from 'vitest';
import type { RecordedEvent } from '../../src/domain/job/job.ts';
import { inputOf } from '../../src/domain/saga/decide.ts';
import { recordsOf } from '../../src/domain/saga/records.ts';
import type { SagaJob } from '../../src/domain/saga/types.ts';
import type { Store } from '../../src/ports/store/store.ts';
import { SagaCourse, says, type Move } from './saga-course.ts';

export type Row = Readonly<Record<string, unknown>>;

/** A store with nothing in it, and how people query its database: JSON is parsed, times are ISO 8601. */
export interface Queried {
  readonly store: Store;
  query(sql: string): Promise<readonly Row[]>;
  /** A column as text, as that database's people write it. */
  text(column: string): string;
  /** A query for what is stored of the first event of a saga, as `line`. */
  readonly storedLine: (sagaId: string) => string;
  /** Has the third and the fourth events of all jobs happen long before the others. */
  readonly slowClock: string;
}

const { done, fail, refuse, release, end } = says;
const step: readonly Move[] = ['claim', done()];
const large = 'x'.repeat(9_000);

const succeeding: readonly Move[] = ['claim', fail(), 'claim', release, ...step, ...step, ...step, ...step];
const failing: readonly Move[] = [...step, ...step, ...step, 'claim', refuse('No paper.'), 'claim', fail(), ...step];
const stuck: readonly Move[] = [...failing.slice(0, 8), ...[1, 2, 3].flatMap((): Move[] => ['claim', fail()]), ...step];
const canceled: readonly Move[] = [...step, 'claim', 'cancel', done(), ...step];

/** A saga of each sort, by what becomes of it, and what the views say of it then. */
const courses: readonly (readonly [string, readonly Move[], string])[] = [
  ['has not begun', [], 'PENDING'],
  ['is in its first step', ['claim'], 'IN_PROGRESS'],
  ['waits for the next attempt', ['claim', fail()], 'IN_PROGRESS'],
  ['is between two steps', step, 'IN_PROGRESS'],
  ['has large outputs', ['claim', done({ large }), 'claim', done(large), 'claim'], 'IN_PROGRESS'],
  ['succeeded', succeeding, 'COMPLETED'],
  ['failed at its first step', ['claim', refuse('\u0000 and \ud800 are no text'), ...step], 'COMPENSATED'],
  ['is to be undone', failing.slice(0, 8), 'COMPENSATING'],
  ['is being undone', failing.slice(0, 9), 'COMPENSATING'],
  ['is undone', [...failing, ...step], 'COMPENSATED'],
  ['could not be undone', stuck, 'FAILED'],
  ['was canceled before it began', ['cancel'], 'COMPENSATED'],
  ['is to be canceled', canceled.slice(0, 4), 'IN_PROGRESS'],
  ['was canceled', canceled, 'COMPENSATED'],
];

/** What people ask of sagas, on a database of either sort. `open`: with nothing in it. */
export function sagaViewTests(open: () => Promise<Queried>): void {
  it.each(courses)('shows a saga that %s, by its job, by its steps and by its events', async (_, moves, state) => {
    const { store, query, text } = await open();
    const course = await SagaCourse.begin(store);
    await course.take(...moves);
    expect((await SagaCourse.begin(store, 2)).sagaId).not.toBe(course.sagaId);
    const job = await course.job();
    await expectSaga(job, state, query);
    await expectSteps(job, query);
    const events = await store.jobs.events(job.id, { after: 0, limit: 100 });
    const rows = await query(`SELECT event_type, step_name, message, ${text('occurred_at')} AS at
      FROM saga_audit_events WHERE saga_id = '${job.id}' ORDER BY occurred_at`);
    expectTrail(rows, events);
  });

  it('shows the input that an event brought, which is stored with its job alone', async () => {
    const { store, query, storedLine } = await open();
    const course = await SagaCourse.begin(store);
    const { input } = await course.job();
    const json = (value: unknown): unknown => (typeof value === 'string' ? JSON.parse(value) : value);
    for (const [of, id] of [['domain_events', 'aggregate_id'], ['saga_audit_events', 'saga_id']] as const) {
      const [shown] = await query(`SELECT payload FROM ${of} WHERE ${id} = '${course.sagaId}'`);
      expect(json(shown!['payload'])).toMatchObject({ type: 'SagaStarted', input });
    }
    const [row] = await query(storedLine(course.sagaId));
    expect(row!['line']).toContain('"SagaStarted"');
    expect(row!['line']).not.toContain('"input"');
  });

  it('says of a saga that succeeded what it did', async () => {
    expect(await trail(await open(), [...step, ...step, ...step, 'claim', fail('Out of ink.'), ...step])).toEqual([
      ['SagaStarted', null, 'Saga ORDER begins.'],
      ['StepStarted', 'take', 'Attempt 1 at step take begins.'],
      ['StepCompleted', 'take', 'Step take is completed.'],
      ['StepStarted', 'check', 'Attempt 1 at step check begins.'],
      ['StepCompleted', 'check', 'Step check is completed.'],
      ['StepStarted', 'send', 'Attempt 1 at step send begins.'],
      ['StepCompleted', 'send', 'Step send is completed.'],
      ['StepStarted', 'write', 'Attempt 1 at step write begins.'],
      ['StepFailed', 'write', 'Step write failed and is to be tried again: Out of ink.'],
      ['StepStarted', 'write', 'Attempt 2 at step write begins.'],
      ['StepCompleted', 'write', 'Step write is completed.'],
      ['SagaCompleted', null, 'All steps are completed.'],
    ]);
  });

  it('says of a saga that went back what it undid, and what it could not', async () => {
    expect((await trail(await open(), stuck)).slice(7)).toEqual([
      ['StepStarted', 'write', 'Attempt 1 at step write begins.'],
      ['StepFailed', 'write', 'Step write failed: No paper.'],
      ['CompensationStarted', null, 'What was done is to be undone, because a step failed.'],
      ['StepCompensationStarted', 'send', 'Attempt 1 to undo step send begins.'],
      ['StepCompensationFailed', 'send', 'Undoing step send failed and is to be tried again: Nothing is left.'],
      ['StepCompensationStarted', 'send', 'Attempt 2 to undo step send begins.'],
      ['StepCompensationFailed', 'send', 'Undoing step send failed and is to be tried again: Nothing is left.'],
      ['StepCompensationStarted', 'send', 'Attempt 3 to undo step send begins.'],
      ['StepCompensationFailed', 'send', 'Step send could not be undone: Nothing is left.'],
      ['StepCompensationStarted', 'take', 'Attempt 1 to undo step take begins.'],
      ['StepCompensated', 'take', 'Step take is undone.'],
      ['SagaFailed', null, 'The saga failed, and not all that was begun is undone.'],
    ]);
  });

  it('says of a saga that was canceled, or let go by its runner, that it was', async () => {
    const moves: Move[] = ['claim', release, 'claim', 'cancel', done(), ...step];
    expect((await trail(await open(), moves)).slice(2)).toEqual([
      ['AttemptReleased', 'take', 'The runner stopped in step take; the attempt does not count.'],
      ['StepStarted', 'take', 'Attempt 1 at step take begins.'],
      ['CancelRequested', null, 'The saga is to be canceled.'],
      ['StepCompleted', 'take', 'Step take is completed.'],
      ['CompensationStarted', null, 'What was done is to be undone, because the saga was canceled.'],
      ['StepCompensationStarted', 'take', 'Attempt 1 to undo step take begins.'],
      ['StepCompensated', 'take', 'Step take is undone.'],
      ['SagaCanceled', null, 'The saga is canceled, and all that was begun is undone.'],
    ]);
  });

  it('says of a saga whose runner was lost at the very end that the job is still to be told', async () => {
    const lost: Move[] = ['claim', 'lose', 'claim', 'lose', 'claim', 'lose', 'claim', end];
    expect((await trail(await open(), [...failing.slice(0, 8), ...step, ...lost])).slice(-4)).toEqual([
      ['StepCompensationFailed', 'take', 'Step take could not be undone: The attempt took longer than its time limit.'],
      ['SagaEnding', null, 'Nothing is left to be done but to tell the job of the end.'],
      ['EndingStarted', null, 'Attempt 1 to end the saga begins.'],
      ['SagaFailed', null, 'The saga failed, and not all that was begun is undone.'],
    ]);
  });

  it('finds what nobody could undo', async () => {
    const { store, query } = await open();
    const course = await SagaCourse.begin(store);
    await course.take(...stuck);
    expect(await query(`SELECT s.correlation_id AS job, s.saga_type, t.step_name, t.error_message, t.compensation_data
      FROM sagas s JOIN saga_steps t ON t.saga_id = s.id
      WHERE s.state = 'FAILED' AND t.compensation_data IS NOT NULL AND t.state = 'FAILED'`)).toEqual([{
      job: course.jobId, saga_type: 'ORDER', step_name: 'send', error_message: 'Nothing is left.',
      compensation_data: { key: `${course.sagaId}.send`, attempts: 3 },
    }]);
  });

  it('has the events in order though the clock of one who wrote them was slow', async () => {
    const { store, query, slowClock } = await open();
    const course = await SagaCourse.begin(store);
    await course.take(...step, ...step);
    await query(slowClock);
    const rows = await query(`SELECT event_type FROM saga_audit_events WHERE saga_id = '${course.sagaId}'
      ORDER BY occurred_at`);
    const inOrder = ['SagaStarted', 'StepStarted', 'StepCompleted', 'StepStarted', 'StepCompleted'];
    expect(rows.map(({ event_type: type }) => type)).toEqual(inOrder);
  });

  it('has nobody but sagas in the views', async () => {
    const { store, query } = await open();
    const course = await SagaCourse.begin(store);
    expect(await query('SELECT id FROM sagas')).toEqual([{ id: course.sagaId }]);
    expect(await query('SELECT DISTINCT saga_id FROM saga_steps')).toEqual([{ saga_id: course.sagaId }]);
    expect(await query('SELECT saga_id FROM saga_audit_events')).toEqual([{ saga_id: course.sagaId }]);
  });
}

async function expectSaga(job: SagaJob, state: string, query: Queried['query']): Promise<void> {
  const { parentId, fields: { failure, cancelRequested } } = job;
  const rows = await query(`SELECT id, saga_type, state, correlation_id, error_message, started_at, completed_at
    FROM sagas WHERE correlation_id = '${parentId}' ORDER BY started_at DESC`);
  expect(rows).toEqual([{
    id: job.id, saga_type: 'ORDER', state, correlation_id: parentId, error_message: errorOf(job),
    started_at: iso(job.startedAt), completed_at: iso(job.endedAt),
  }]);
  const rest = await query(`SELECT actor, created_at, updated_at, metadata FROM sagas WHERE id = '${job.id}'`);
  expect(rest).toEqual([{
    actor: 'ada', created_at: iso(job.createdAt), updated_at: iso(job.updatedAt),
    metadata: {
      ownerId: 'ada', cancelRequested, data: { sku: 'A-17' }, failure: failure && { ...failure, message: errorOf(job) },
    },
  }]);
}

/** They are what the domain says they are. */
async function expectSteps(job: SagaJob, query: Queried['query']): Promise<void> {
  const records = recordsOf(job);
  const rows = await query(`SELECT step_name, state, retry_count, error_message, started_at, completed_at
    FROM saga_steps WHERE saga_id = '${job.id}' ORDER BY step_order`);
  expect(rows).toEqual(records.map(({ name, state, attempts, error, startedAt, completedAt }) => ({
    step_name: name, state: state.toUpperCase(), retry_count: Math.max(0, attempts - 1),
    error_message: readable(error?.message ?? null), started_at: iso(startedAt), completed_at: iso(completedAt),
  })));
  const rest = await query(`SELECT id, saga_id, step_order, input_data, output_data, compensation_data, created_at
    FROM saga_steps WHERE saga_id = '${job.id}' ORDER BY step_order`);
  expect(rest).toEqual(records.map(({ name, output, undoAttempts }, index) => ({
    id: `${job.id}.${name}`, saga_id: job.id, step_order: index + 1, input_data: { sku: 'A-17' },
    output_data: output, created_at: iso(job.createdAt),
    compensation_data: inputOf(job).definition.steps[index]?.compensated
      ? { key: `${job.id}.${name}`, attempts: undoAttempts } : null,
  })));
  const times = await query('SELECT started_at, completed_at, updated_at FROM saga_steps');
  for (const { started_at: from, completed_at: to, updated_at: at } of times) {
    expect(at).toBe([from, to, at].filter((one) => one !== null).sort().at(-1));
  }
}

/** In order, and each line is a sentence. */
function expectTrail(rows: readonly Row[], events: readonly RecordedEvent[]): void {
  expect(rows).toHaveLength(events.length);
  for (const [index, { event_type: type, step_name: name, message, at }] of rows.entries()) {
    const { body, occurredAt, sequence } = events[index] as RecordedEvent;
    expect(type).toMatch(body.type === 'StepStarted' ? /^(Step(Compensation)?|Ending)Started$/ : body.type);
    const isOfStep = 'step' in body || type === 'StepStarted' || type === 'StepCompensationStarted';
    expect(name ?? '').toMatch(isOfStep ? /^(take|check|send|write)$/ : /^$/);
    expect(message).toMatch(/^[A-Z].*(\.|no text)$/s);
    expect(microsOf(at)).toBe(occurredAt * 1_000 + sequence);
  }
}

async function trail({ store, query }: Queried, moves: readonly Move[]): Promise<unknown[][]> {
  const course = await SagaCourse.begin(store);
  await course.take(...moves);
  const rows = await query(`SELECT event_type, step_name, message FROM saga_audit_events
    WHERE saga_id = '${course.sagaId}' ORDER BY occurred_at`);
  return rows.map(({ event_type: type, step_name: name, message }) => [type, name, message]);
}

/** As `logged` has it, and before the end why it goes back. */
function errorOf({ phase, fields: { failure, steps } }: SagaJob): string | null {
  const why = failure ?? (phase === 'failed' ? steps.find(({ error }) => error !== null)?.error : null);
  return readable(why?.message ?? null);
}

/** PostgreSQL has no text with U+0000 or half a surrogate pair. */
function readable(text: string | null): string | null {
  return text === null ? null : expect.stringMatching(text.replace(/[\u0000\ud800]/g, '.{1,3}'));
}

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** `2026-11-28 20:31:54.123456+00`, or the same in ISO 8601. */
function microsOf(text: unknown): number {
  const [, date, time, fraction = ''] = /^(\S{10})[T ](\S{8})(?:\.(\d+))?(?:Z|\+00)$/.exec(String(text)) ?? [];
  return Date.parse(`${date}T${time}Z`) * 1_000 + Number(fraction.padEnd(6, '0'));
}
