import type { SearchDocs } from '../documentation/search.ts';
import type { Tool } from './tool.ts';
import { getAccount, listLedger } from './tools/accounts.ts';
import { cancelJob, retryJob } from './tools/change-job.ts';
import { explainFailure } from './tools/explain-failure.ts';
import { getJob } from './tools/get-job.ts';
import { listJobsTool } from './tools/list-jobs.ts';
import { readLog } from './tools/read-log.ts';
import { searchDocsTool } from './tools/search-docs.ts';
import { waitForJob } from './tools/wait-for-job.ts';

/** The tools about jobs of every kind, accounts and the documentation. `kinds` says which kinds there are. */
export function coreTools(kinds: string, searching: () => Promise<SearchDocs>): readonly Tool[] {
  return [
    listJobsTool(kinds), getJob, explainFailure, readLog, waitForJob, cancelJob, retryJob, getAccount, listLedger,
    searchDocsTool(searching),
  ];
}
