import { ApiError } from '../../client/index.ts';

/** What went wrong in the console itself, as a failure of the server is shown. */
export function clientFault(thrown: unknown): ApiError {
  console.error(thrown);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new ApiError('unexpected_answer', message, { cause: thrown });
}

/** Of what was thrown by a call. */
export function failureOf(thrown: unknown): ApiError {
  return thrown instanceof ApiError ? thrown : clientFault(thrown);
}

/** What a failure says is wrong, by field; empty where it is about none. */
export function fieldProblems(failure: ApiError | null): Readonly<Record<string, string>> {
  return (failure?.details['fields'] ?? {}) as Readonly<Record<string, string>>;
}
