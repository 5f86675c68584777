import type { InputOf, Schema } from './schema.ts';

/** What is said of all tasks of a type, in one place: for those who submit them and for those who do them. */
export interface TaskOptions<Input extends Schema<any, any>, Output extends Schema<any, any>> {
  /** 1 to 100 letters, digits and `_ . : / -`. */
  readonly type: string;
  /** Of `data`, which is JSON of up to 256 KB. What it takes is submitted; what it gives is what the handler gets. */
  readonly input: Input;
  /** Of the result, which is JSON of up to 256 KB. What it gives is stored, and whoever waits for it gets that. */
  readonly output?: Output;
  /** Attempts in all, 1 to 100; the type's setting at the server unless given. */
  readonly maxAttempts?: number;
  /** Delays between attempts, in milliseconds: the first one, and the longest that it doubles up to. */
  readonly backoff?: { readonly firstMs: number; readonly maxMs: number };
  /** Of one attempt, in milliseconds, 1,000 to 604,800,000; null: none. */
  readonly timeout?: number | null;
  /** −1,000 to 1,000; higher ones begin first. */
  readonly priority?: number;
  /** What lists find a task by, at most 8 labels. */
  readonly labels?: (data: InputOf<Input>) => Readonly<Record<string, string>>;
}
