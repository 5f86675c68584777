import { expect, test } from 'vitest';
import { Batch } from '../../src/application/write-path/batch.ts';
import type { WorkChange } from '../../src/ports/store/work-store.ts';

const jobId = 'job-1';
const lease: WorkChange = { type: 'lease', jobId, token: 2, leaseMs: 1_000, timeoutMs: null, now: 5 };
const cancel: WorkChange = { type: 'request-cancel', jobId };
const put: WorkChange = {
  type: 'put', jobId, jobType: 'import', kind: 'task', candidate: null, now: 5,
  work: { blocked: false, priority: 0, dueAt: 5, pauseMs: null, concurrencyKey: null, timeoutMs: null },
};

function committed(batch: Batch): readonly WorkChange[] {
  return batch.toCommit(() => null).work;
}

test('a batch gives a job to a worker and has it canceled, when commands of one batch say so', () => {
  const batch = new Batch();
  batch.putWork(lease);
  batch.keep();
  batch.putWork(cancel);
  batch.keep();
  expect(committed(batch)).toEqual([lease, cancel]);
});

test('a batch forgets what it said of the work of a job once that is offered anew', () => {
  const batch = new Batch();
  batch.putWork(lease);
  batch.putWork(cancel);
  batch.putWork(put);
  expect(committed(batch)).toEqual([put]);
  batch.putWork({ type: 'remove', jobId });
  expect(committed(batch)).toEqual([{ type: 'remove', jobId }]);
});

test('a batch takes back what a refused command said of the work of a job, and nothing else', () => {
  const batch = new Batch();
  batch.putWork(lease);
  batch.keep();
  batch.putWork(cancel);
  batch.undo();
  expect(committed(batch)).toEqual([lease]);
});
