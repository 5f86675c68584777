import type { Draft } from '../../application/write-path/draft.ts';
import type { Saga } from '../../application/sagas/sagas.ts';
import type { Performed, StepActions, StepAttempt } from '../../application/sagas/step.ts';
import type { Result } from '../../domain/errors.ts';
import type { Job } from '../../domain/job/job.ts';
import type { KindParts } from '../../services/kind-runtime.ts';
import { orderSaga } from './order-saga.ts';
import { shipment, type ShipmentFields } from './shipment.ts';

/** What the steps of a shipment are done by: it knows what was done by its key. */
export interface Carrier {
  perform(step: string, attempt: StepAttempt): Promise<Performed>;
  undo(step: string, attempt: StepAttempt): Promise<void>;
}

function shipmentSaga(carrier: Carrier): Saga {
  return {
    definition: orderSaga,
    actions: Object.fromEntries(orderSaga.steps.map(({ name }) => [name, actionsOf(carrier, name)])),
    ended: (draft, job, { state }) => {
      const succeeded = state === 'succeeded';
      return draft.changeJob(shipment, job as Job<ShipmentFields>, { type: 'finish', succeeded });
    },
  };
}

function actionsOf(carrier: Carrier, step: string): StepActions {
  return {
    perform: (attempt) => carrier.perform(step, attempt),
    undo: (attempt) => carrier.undo(step, attempt),
    tell: (draft: Draft, job: Job, output: unknown): Result<unknown> => {
      return draft.changeJob(shipment, job as Job<ShipmentFields>, { type: 'hear', step, output });
    },
  };
}

export function shipmentParts(carrier: Carrier): KindParts {
  return {
    kind: shipment,
    payloadFields: [],
    summary: (job) => job,
    create: () => ({ application: null, view: async (job) => job, sagas: [shipmentSaga(carrier)] }),
  };
}
