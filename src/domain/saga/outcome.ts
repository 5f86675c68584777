export interface SagaError {
  readonly code: string;
  readonly message: string;
}

/** How a step that is awaited came out. `output`: plain JSON. */
export type AwaitedOutcome =
  | { readonly ok: true; readonly output: unknown }
  | ({ readonly ok: false } & SagaError);
