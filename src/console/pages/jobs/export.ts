import type { ListedJob } from '../../page.ts';
import { saveAs } from '../../parts/save.ts';
import { allJobs } from './all-jobs.ts';
import { csvLine } from './csv.ts';
import type { JobQuery } from './filter.ts';

/** Saves what a filter finds as a file for spreadsheets. Throws ApiError. */
export async function exportJobs(
  query: JobQuery,
  titleOf: (job: ListedJob) => string,
  onCount: (count: number) => void,
): Promise<{ readonly count: number; readonly hasMore: boolean }> {
  // Spreadsheets take a file for UTF-8 by its first three bytes.
  const parts = ['\uFEFF', csvLine([
    'id', 'kind', 'type', 'title', 'status', 'phase', 'owner', 'created', 'started', 'ended', 'done', 'failed', 'total',
    'cost_usd', 'labels',
  ])];
  let count = 0;
  const end = await allJobs(query, new AbortController().signal, (jobs) => {
    for (const job of jobs) parts.push(csvLine(cellsOf(job, titleOf(job))));
    count += jobs.length;
    onCount(count);
  });
  saveAs(new Blob(parts, { type: 'text/csv' }), `jobs-${new Date().toISOString().slice(0, 10)}.csv`);
  return end;
}

function cellsOf(job: ListedJob, title: string): readonly (string | number | null)[] {
  const { id, kind, type, status, phase, ownerId, createdAt, startedAt, endedAt, progress, costMicroUsd, labels } = job;
  const { done, failed, total } = progress;
  const written = Object.entries(labels).map(([name, value]) => `${name}:${value}`).join(' ');
  return [
    id, kind, type, title, status, phase, ownerId, createdAt, startedAt, endedAt, done, failed, total,
    costMicroUsd / 1e6, written,
  ];
}
