import type { JobFailureReason } from '../messages.ts';

/** Why a command did not do what it should. */
export interface Failure {
  readonly reason: keyof typeof JobFailureReason;
  /** One sentence. */
  readonly message: string;
}
