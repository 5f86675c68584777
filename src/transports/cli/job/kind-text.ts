import type { ClientOf } from '../../../client/index.ts';
import type { RouteTable } from '../../../contract/route.ts';
import type { Output } from '../output.ts';

/** What of a command's context it takes to save files. */
interface Saving {
  readonly output: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  client<T extends RouteTable>(): ClientOf<T>;
}

/** What a kind says of its jobs to people, beside what all jobs have. Views are as the server answers them. */
export interface KindText<View = never> {
  /** A line of its own that says the status, in the stead of the usual one. */
  status?(view: View): string;
  /** Names and values; null is left out. */
  fields(view: View): readonly (readonly [name: string, value: string | number | null])[];
  /** How an ended job ended, beside its status and how many items are done; null when there is nothing to add. */
  outcome?(view: View): string | null;
  /** What stands below: items, errors. Empty when there is nothing. */
  details(view: View): string;
  /** Saves what the job has made in a folder, and gives the paths; missing where its jobs make no files. */
  download?(context: Saving, view: View, folder: string): Promise<readonly string[]>;
  /** Saves the same as one ZIP; missing where the server makes none. */
  archive?(context: Saving, view: View, path: string): Promise<void>;
}

/** By the name of the kind. A kind without one is shown by what all jobs have. */
export type KindTexts = Readonly<Record<string, () => Promise<KindText>>>;
