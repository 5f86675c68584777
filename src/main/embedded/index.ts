export { ApiError, isTransient, NotAllCreated, TaskCanceled, TaskFailed } from '../client/index.ts';
export type { Client, ResultOptions, RunOptions, Task, TaskEvent, TaskRun } from '../client/index.ts';
export {
  defineTask, type Enqueued, type EnqueueOptions, type HandledTask, type TaskDefinition,
} from '../../kinds/task/typed/index.ts';
export type { TaskContext, TaskJob } from '../../kinds/task/typed/index.ts';
export { CanceledError, DoNotRetry, RetryAfter } from '../../kinds/task/worker/index.ts';
export type { Identity } from './host-callers.ts';
export type { OpenOptions } from './options.ts';
export type { Mounting } from './requests.ts';
export { Waybill } from './waybill.ts';
