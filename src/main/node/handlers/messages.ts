import type { Ending } from '../../../kinds/task/worker/held.ts';
import type { Thrown } from '../../../worker/thrown.ts';
import type { CaptureConsole } from '../../../kinds/task/worker/console-capture.ts';
import type { Offer } from '../../../kinds/task/worker/options.ts';
import type { NewChild, Report, StartedChild, TakenJob } from '../../../kinds/task/worker/transport.ts';

/** What a process of handlers is begun with. */
export interface HandlersInit {
  /** Path of the module with the handlers. */
  readonly file: string;
  /** Whether it tells of the files that it loads. */
  readonly tellsFiles: boolean;
  readonly captureConsole: CaptureConsole;
}

/** What it tells when it has begun. */
export interface HandlersReady {
  readonly types: readonly string[];
  readonly inputSchemas: Offer['inputSchemas'];
}

export type ToHandlers =
  | { readonly type: 'run'; readonly task: TakenJob; readonly workerId: string }
  /** The handler is to stop; `name` is that of the reason's class. */
  | { readonly type: 'abort'; readonly leaseId: string; readonly name: string; readonly message: string }
  /** What became of a step: null when the server has stored it. */
  | { readonly type: 'stepped'; readonly leaseId: string; readonly name: string;
      readonly refusal: { readonly name: string; readonly message: string } | null }
  /** What became of the children that a handler has started by this number. */
  | { readonly type: 'children'; readonly leaseId: string; readonly number: number;
      readonly started: readonly StartedChild[] }
  | { readonly type: 'childrenFailed'; readonly leaseId: string; readonly number: number; readonly name: string;
      readonly message: string }
  /** The notes of a task were taken over: it may send more of them. */
  | { readonly type: 'noted'; readonly leaseId: string };

export type FromHandlers =
  | FromTask
  /** A file was loaded. */
  | { readonly type: 'loaded'; readonly path: string }
  /** An error that nobody caught. */
  | { readonly type: 'log'; readonly message: string; readonly fields: Readonly<Record<string, unknown>> };

/** Of a task that it has. */
export type FromTask =
  | { readonly type: 'notes'; readonly leaseId: string; readonly reports: readonly Report[] }
  | { readonly type: 'ended'; readonly leaseId: string; readonly report: Ending; readonly bytes: number;
      readonly failure: Thrown | null }
  /** A handler starts other tasks. */
  | { readonly type: 'startChildren'; readonly leaseId: string; readonly number: number;
      readonly tasks: readonly NewChild[] };
