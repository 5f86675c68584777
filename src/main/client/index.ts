export {
  ApiError, isTransient, type CallOptions, type ClientErrorCode, type ClientOptions, type Outcome, type UploadBody,
  type UploadOptions, type WatchOptions,
} from '../../client/index.ts';
export { TaskCanceled, TaskFailed, type Task } from '../../kinds/task/typed/ended.ts';
export { NotAllCreated, type ResultOptions, type RunOptions, type TaskEvent, type TaskRun } from
  '../../kinds/task/typed/runs.ts';
export type { Answer } from './client.ts';
export { createClient, type Client } from './published.ts';
