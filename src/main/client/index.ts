export {
  ApiError, isTransient, type CallOptions, type ClientErrorCode, type ClientOptions, type Outcome, type UploadBody,
  type UploadOptions, type WatchOptions,
} from '../../client/index.ts';
export {
  NotAllCreated, TaskCanceled, TaskFailed, type ResultOptions, type RunOptions, type Task, type TaskEvent, type TaskRun,
} from '../../kinds/task/typed/index.ts';
export type { Answer } from './client.ts';
export { createClient, type Client } from './published.ts';
