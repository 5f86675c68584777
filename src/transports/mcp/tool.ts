import type * as z from 'zod';
import type { ClientOf } from '../../client/index.ts';
import type { CoreRoutes } from '../../contract/core-routes.ts';
import type { DeepReadonly, RouteTable } from '../../contract/route.ts';

/** What a tool has to work with. */
export interface ToolCall {
  /** As the one who calls. It has every route: a tool of a kind names the table of those that it uses. */
  client<T extends RouteTable = CoreRoutes>(): ClientOf<T>;
  /** Aborted when the caller has left or canceled, and when this process ends. */
  readonly signal: AbortSignal;
  /** Tells the caller how far it is, where the caller has asked for that. */
  progress(done: number, total: number | null, message: string): void;
}

export interface ToolAnswer<O> {
  readonly data: O;
  /** For people and models, where JSON is not the best form of `data`. */
  readonly text?: string;
}

/** What clients show before they ask a person, and decide by whether to ask. */
export interface ToolHints {
  /** Changes nothing. Only these are there in read-only mode. */
  readonly readOnly: boolean;
  /** May end or delete something that there is. */
  readonly destructive: boolean;
  /** Calling it again with the same input changes nothing more. */
  readonly idempotent: boolean;
}

export interface Tool {
  /** `list_jobs` */
  readonly name: string;
  /** A few words for people. */
  readonly title: string;
  /** Sentences for the model: what it does, when to use it, what it costs. */
  readonly description: string;
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
  readonly hints: ToolHints;
  run(input: never, call: ToolCall): Promise<ToolAnswer<unknown>>;
}

interface Definition<I extends z.ZodObject, O extends z.ZodObject> extends Omit<Tool, 'input' | 'output' | 'run'> {
  readonly input: I;
  /** What is answered is cut to it. */
  readonly output: O;
  run(input: z.output<I>, call: ToolCall): Promise<ToolAnswer<DeepReadonly<z.input<O>>>>;
}

export function defineTool<I extends z.ZodObject, O extends z.ZodObject>(definition: Definition<I, O>): Tool {
  return definition as unknown as Tool;
}

export const reads: ToolHints = { readOnly: true, destructive: false, idempotent: true };

/** Something that a tool cannot do, in a sentence for who asked for it. */
export class ToolProblem extends Error {
  override readonly name = 'ToolProblem';
}
