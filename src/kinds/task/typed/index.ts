export {
  defineTask, type AnyHandledTask, type HandledTask, type TaskDefinition, type TypedHandler,
} from './definition.ts';
export { enqueue, type Enqueued, type EnqueueOptions } from './enqueue.ts';
export { TaskCanceled, TaskFailed, type Task } from './ended.ts';
export type { ChildOptions, Handler, LogLevel, TaskContext, TaskJob } from './handler.ts';
export type { InputOf, OutputOf, Schema } from './schema.ts';
export type { TestOptions, Tried } from './try-handler.ts';
export { createRuns, NotAllCreated, type ResultOptions, type RunOptions, type Runs, type TaskEvent, type TaskRun } from
  './runs.ts';
export type { TaskOptions } from './task-options.ts';
