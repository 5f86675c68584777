import { objectKeyProblem } from '../../../domain/object-key.ts';
import { boundedMessage } from './failure.ts';
import type { CommandResult } from './types.ts';

/** Files of one execution that are kept at most. */
const maxArtifacts = 1_000;

/**
 * A result as it is kept: an agent runs beside a command that may do anything, so its word is bounded, and it names no
 * files but those under the prefix of its execution.
 */
export function boundedResult(result: CommandResult, prefix: string): CommandResult {
  const { failure, artifacts } = result;
  const isOwn = ({ path, objectKey, size }: CommandResult['artifacts'][number]): boolean =>
    objectKey === prefix + path && objectKeyProblem(objectKey) === null && Number.isSafeInteger(size) && size >= 0;
  return {
    ...result,
    failure: failure && { ...failure, message: boundedMessage(failure.message) },
    artifacts: artifacts.filter(isOwn).slice(0, maxArtifacts),
  };
}
