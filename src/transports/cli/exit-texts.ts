import { errorTraits, type ErrorCode } from '../../contract/errors.ts';
import { exits } from './failure.ts';

/** What each exit status means, and which answers of the server lead to it. */
export function exitTexts(): readonly {
  readonly status: number;
  readonly meaning: string;
  readonly codes: readonly ErrorCode[];
}[] {
  const own: readonly (readonly [number, string])[] = [
    [exits.ok, 'Success.'],
    [exits.failed, 'Failure; each command says what 1 means.'],
    [exits.usage, 'Invalid command line or configuration.'],
    [exits.noInput, 'A file does not exist or cannot be used.'],
    [exits.unreachable, 'The server cannot be reached.'],
    [exits.internal, 'A bug in the program.'],
    [exits.interrupted, 'Stopped by Ctrl-C; 143 by SIGTERM.'],
  ];
  const codes = (Object.keys(errorTraits) as ErrorCode[]).map((code) => [errorTraits[code].exit, code] as const);
  const statuses = [...new Set([...own.map(([status]) => status), ...codes.map(([status]) => status)])];
  return statuses.sort((a, b) => a - b).map((status) => ({
    status,
    meaning: own.find(([each]) => each === status)?.[1] ?? '',
    codes: codes.filter(([each]) => each === status).map(([, code]) => code),
  }));
}
