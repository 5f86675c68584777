import type { Tracer } from '../../../domain/trace.ts';
import { attempt, type Attempted } from './attempt.ts';
import type { CaptureConsole } from './console-capture.ts';
import { contextOf } from './context.ts';
import type { Handlers } from '../typed/handler.ts';
import type { Held } from './held.ts';
import { inSpan } from './process-span.ts';

/** Where handlers run: in this process, or in others. */
export interface Runner {
  /**
   * Runs the handler of a task; what is to be said of the task then. Never rejects.
   *
   * @param onNote to be called when `held.notes` has something to send that was not there before
   */
  run(held: Held, onNote: (held: Held) => void): Promise<Attempted>;
  /** The attempt's time is over: whether that may be the fault of something else, so that it does not count. */
  mayBeInnocent(held: Held): boolean;
}

/** Runs handlers in this process. */
export function runHere(handlers: Handlers, capture: CaptureConsole, tracer: Tracer | null): Runner {
  return {
    run: (held, onNote) => {
      held.begun = true;
      const context = contextOf(held, onNote, capture);
      return inSpan(tracer, held, () => attempt(held, handlers[held.task.type]!, context));
    },
    mayBeInnocent: () => false,
  };
}
