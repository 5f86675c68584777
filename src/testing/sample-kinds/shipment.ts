import { ok, refuse, type Result } from '../../domain/errors.ts';
import { refuseDependent } from '../../domain/job/dependencies.ts';
import type { Job, JobBirth, JobEvent } from '../../domain/job/job.ts';
import type { Decision, Kind, StandardCommand } from '../../domain/job/kind.ts';
import { defineLifecycle } from '../../domain/lifecycle.ts';
import { orderSaga } from './order-saga.ts';

export interface ShipmentFields {
  readonly sagaId: string;
  /** What its saga has told it, oldest first. */
  readonly heard: readonly { readonly step: string; readonly output: unknown }[];
}

export type ShipmentJob = Job<ShipmentFields>;

export type ShipmentCommand =
  | StandardCommand
  | { readonly type: 'create'; readonly ownerId: string; readonly sagaId: string }
  | { readonly type: 'hear'; readonly step: string; readonly output: unknown }
  | { readonly type: 'finish'; readonly succeeded: boolean };

export type ShipmentEvent =
  | (JobBirth & { readonly type: 'ShipmentMade'; readonly sagaId: string })
  | (JobEvent & { readonly type: 'StepHeard'; readonly step: string; readonly output: unknown })
  | (JobEvent & { readonly type: 'ShipmentDelivered' | 'ShipmentFailed' | 'ShipmentCanceled' });

const lifecycle = defineLifecycle({
  kind: 'shipment',
  states: {
    open: { phase: 'active', description: 'Its saga is under way.' },
    delivered: { phase: 'succeeded', description: 'Its saga succeeded.' },
    failed: { phase: 'failed', description: 'Its saga did not succeed.' },
    canceled: { phase: 'canceled', description: 'Canceled on request; its saga undoes what it did.' },
  },
  transitions: [
    { from: null, command: 'create', to: 'open' },
    { from: 'open', command: 'finish', to: 'delivered' },
    { from: 'open', command: 'finish', to: 'failed' },
    { from: 'open', command: 'cancel', to: 'canceled' },
  ],
});

/** Is done by a saga that begins and is canceled with it. */
export const shipment: Kind<ShipmentFields, ShipmentCommand, ShipmentEvent> = {
  name: lifecycle.kind,
  lifecycle,
  access: { role: 'user', sees: 'own' },
  internal: false,
  create: ({ ownerId, sagaId }) => ok({
    events: [{ type: 'ShipmentMade', state: 'open', ownerId, traceparent: null, sagaId }],
    effects: [{ type: 'begin-saga', sagaId, definition: orderSaga, data: { sku: 'A-17' } }],
  }),
  decide,
  begin: ({ sagaId }) => ({ sagaId, heard: [] }),
  evolve: ({ fields }, event) => {
    if (event.type !== 'StepHeard') return { fields };
    const { step, output } = event;
    return { fields: { ...fields, heard: [...fields.heard, { step, output }] } };
  },
  itemCount: () => 0,
  logged: () => ({ costEstimate: 0, error: null }),
};

function decide(job: ShipmentJob, command: ShipmentCommand): Result<Decision<ShipmentEvent>> {
  const closed = refuse('invalid_state', `The shipment is ${job.state}.`, { state: job.state });
  switch (command.type) {
    case 'hear': {
      if (job.state !== 'open') return closed;
      const { step, output } = command;
      return ok({ events: [{ type: 'StepHeard', step, output }], effects: [] });
    }
    case 'finish':
      if (job.state !== 'open') return closed;
      return ok({
        events: [command.succeeded
          ? { type: 'ShipmentDelivered', state: 'delivered' }
          : { type: 'ShipmentFailed', state: 'failed' }],
        effects: [],
      });
    case 'cancel':
      if (job.state !== 'open') return closed;
      return ok({
        events: [{ type: 'ShipmentCanceled', state: 'canceled' }],
        effects: [{ type: 'cancel-saga', sagaId: job.fields.sagaId }],
      });
    case 'addDependent':
      return refuseDependent(job);
    default:
      return ok({ events: [], effects: [] });
  }
}
