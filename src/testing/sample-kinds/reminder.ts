import { ok, refuse } from '../../domain/errors.ts';
import { refuseDependent } from '../../domain/job/dependencies.ts';
import type { JobBirth, JobEvent } from '../../domain/job/job.ts';
import type { Kind, StandardCommand } from '../../domain/job/kind.ts';
import { clockToleranceMs } from '../../domain/job/start.ts';
import { defineLifecycle } from '../../domain/lifecycle.ts';

type ReminderCommand =
  | StandardCommand
  | { readonly type: 'create'; readonly ownerId: string; readonly text: string; readonly at: number };

type ReminderEvent =
  | (JobBirth & { readonly type: 'ReminderSet'; readonly text: string })
  | (JobEvent & { readonly type: 'ReminderRang' | 'ReminderMoved' });

const lifecycle = defineLifecycle({
  kind: 'reminder',
  states: {
    set: { phase: 'waiting', description: 'Its time has not come.' },
    over: { phase: 'succeeded', description: 'Its time has come.' },
  },
  transitions: [
    { from: null, command: 'create', to: 'set' },
    { from: 'set', command: 'expire', to: 'over' },
  ],
});

/** The least that a kind can be: two states, the second reached by its deadline alone. */
export const reminder: Kind<{ readonly text: string }, ReminderCommand, ReminderEvent> = {
  name: lifecycle.kind,
  lifecycle,
  access: { role: 'user', sees: 'own' },
  internal: false,
  create: ({ ownerId, text, at }) => ok({
    events: [{ type: 'ReminderSet', state: 'set', ownerId, traceparent: null, text, deadlineAt: at }],
    effects: [],
  }),
  decide(job, command, now) {
    switch (command.type) {
      case 'expire': {
        const isDue = job.deadlineAt !== null && (!command.onlyOverdue || job.deadlineAt <= now);
        return ok({ events: isDue ? [{ type: 'ReminderRang', state: 'over' }] : [], effects: [] });
      }
      case 'correctDeadline': {
        const isThere = job.deadlineAt === command.from && now >= command.at - clockToleranceMs;
        return ok({ events: isThere ? [{ type: 'ReminderMoved', deadlineAt: command.to }] : [], effects: [] });
      }
      case 'cancel':
      case 'retry':
        return refuse('invalid_state', 'A reminder rings once, and is not called off.', { state: job.state });
      case 'addDependent':
        return refuseDependent(job);
      default:
        return ok({ events: [], effects: [] });
    }
  },
  begin: ({ text }) => ({ text }),
  evolve: ({ fields }) => ({ fields }),
  itemCount: () => 0,
  logged: () => ({ costEstimate: 0, error: null }),
};
