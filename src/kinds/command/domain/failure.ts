/** Why a command did not do what it should. */
export const failureReasons = [
  'COMMAND_NOT_FOUND', 'PERMISSION_DENIED', 'FILE_NOT_FOUND', 'PROCESS_SPAWN_FAILED', 'EXECUTION_TIMEOUT',
  'SIGNAL_RECEIVED', 'OUT_OF_MEMORY', 'NON_ZERO_EXIT_CODE', 'INFRASTRUCTURE_ERROR', 'VALIDATION_ERROR',
  'CONFIGURATION_ERROR', 'SECRET_INJECTION_ERROR', 'IO_ERROR', 'UNKNOWN',
] as const;
export type FailureReason = (typeof failureReasons)[number];

export interface Failure {
  readonly reason: FailureReason;
  /** One sentence for people. */
  readonly message: string;
}

/** UTF-8. */
const maxMessageBytes = 4_000;
const cutMark = ' […]';

/** What an agent says, as it is kept: at most 4 KB, and marked where it was cut. */
export function boundedMessage(said: string): string {
  const text = said.replaceAll('\0', '\ufffd').toWellFormed();
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxMessageBytes));
  if (read === text.length) return text === '' ? 'The agent gave no reason.' : text;
  return text.slice(0, read) + cutMark;
}

/**
 * Reasons that are not the command's fault: the next attempt may succeed. A command's own failure is expected to
 * repeat, unless its retry policy says otherwise.
 */
const ofTheSurroundings: ReadonlySet<FailureReason> = new Set(['INFRASTRUCTURE_ERROR', 'IO_ERROR']);

export function isInfrastructure({ reason }: Failure): boolean {
  return ofTheSurroundings.has(reason);
}

const maybeOfWorker: ReadonlySet<FailureReason> = new Set([
  ...ofTheSurroundings, 'OUT_OF_MEMORY', 'PROCESS_SPAWN_FAILED', 'UNKNOWN',
]);

/** What the worker itself may be the cause of, so that it gets no other job. */
export function isOfWorker({ reason }: Failure): boolean {
  return maybeOfWorker.has(reason);
}
