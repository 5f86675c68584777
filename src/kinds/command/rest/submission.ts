import type { SubmitScheduled } from '../../../application/schedules/dependencies.ts';
import { ok, refuse } from '../../../domain/errors.ts';
import type { Commands } from '../application/application.ts';
import type { SubmitCommand } from '../application/commands.ts';
import type { CommandDependencies } from '../application/dependencies.ts';

/**
 * Schedules store their commands as the contract parses them. A schedule acts for its owner, who was an operator when
 * it was created, and must still be one where users are stored.
 */
export function submitScheduled(
  commands: Pick<Commands, 'submit'>,
  users: CommandDependencies['users'],
): SubmitScheduled {
  return async (context, job, { name, ...of }) => {
    const { userId } = context.caller;
    const owner = await users?.find(userId);
    if (owner && !owner.roles.includes('operator') && !owner.roles.includes('admin')) {
      return refuse('forbidden', `Its owner ${userId} no longer has the role operator.`);
    }
    const asOperator = { ...context, caller: { userId, roles: ['operator'] as const } };
    const submitted = await commands.submit(asOperator, { ...(job as unknown as SubmitCommand), name, ...of });
    return submitted.ok ? ok({ jobId: submitted.value.job.id, isNew: submitted.value.isNew }) : submitted;
  };
}
