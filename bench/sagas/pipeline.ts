import type { Saga } from '../../src/application/sagas/sagas.ts';
import type { StepActions } from '../../src/application/sagas/step.ts';
import { ok } from '../../src/domain/errors.ts';
import type { Job, JobBirth, JobEvent } from '../../src/domain/job/job.ts';
import type { Kind, StandardCommand } from '../../src/domain/job/kind.ts';
import { defineLifecycle } from '../../src/domain/lifecycle.ts';
import { defineSaga } from '../../src/domain/saga/definition.ts';
import type { KindParts } from '../../src/services/kind-runtime.ts';

interface PipelineFields {
  readonly heard: number;
}

type PipelineCommand =
  | StandardCommand
  | { readonly type: 'create'; readonly sagaId: string }
  | { readonly type: 'hear' }
  | { readonly type: 'finish'; readonly succeeded: boolean };

type PipelineEvent =
  | (JobBirth & { readonly type: 'PipelineBegun' })
  | (JobEvent & { readonly type: 'StepHeard' | 'PipelineEnded' });

const policy = { maxAttempts: 20, backoff: { firstMs: 10, maxMs: 100 }, timeoutMs: 60_000 };

const definition = defineSaga({
  type: 'PIPELINE',
  steps: ['one', 'two', 'three', 'four', 'five'].map((name) => ({ name, ...policy, compensated: true })),
  compensation: policy,
});

export const stepsOfPipeline = definition.steps.length;

/** A job that a saga does, and that hears of each step. */
export const pipeline: Kind<PipelineFields, PipelineCommand, PipelineEvent> = {
  name: 'pipeline',
  lifecycle: defineLifecycle({
    kind: 'pipeline',
    states: {
      open: { phase: 'active', description: 'Its saga is under way.' },
      done: { phase: 'succeeded', description: 'All steps are done.' },
      failed: { phase: 'failed', description: 'They are not.' },
    },
    transitions: [
      { from: null, command: 'create', to: 'open' },
      { from: 'open', command: 'finish', to: 'done' },
      { from: 'open', command: 'finish', to: 'failed' },
    ],
  }),
  access: { role: 'user', sees: 'own' },
  internal: false,
  create: ({ sagaId }) => ok({
    events: [{ type: 'PipelineBegun', state: 'open', ownerId: 'bench', traceparent: null }],
    effects: [{ type: 'begin-saga', sagaId, definition, data: { sku: 'A-17' } }],
  }),
  decide: (_, command) => {
    if (command.type === 'hear') return ok({ events: [{ type: 'StepHeard' }], effects: [] });
    if (command.type !== 'finish') return ok({ events: [], effects: [] });
    return ok({ events: [{ type: 'PipelineEnded', state: command.succeeded ? 'done' : 'failed' }], effects: [] });
  },
  begin: () => ({ heard: 0 }),
  evolve: ({ fields }, { type }) => ({ fields: type === 'StepHeard' ? { heard: fields.heard + 1 } : fields }),
  itemCount: () => 0,
  logged: () => ({ costEstimate: 0, error: null }),
};

/** `perform`: what a step does outside, by its key. `onEnd`: that saga is to end; may be called again. */
export function pipelineParts(perform: (key: string) => Promise<string>, onEnd: (sagaId: string) => void): KindParts {
  const actions: StepActions = {
    perform: async ({ key }) => ({ ok: true, output: await perform(key) }),
    undo: async () => {},
    tell: (draft, job) => draft.changeJob(pipeline, job as Job<PipelineFields>, { type: 'hear' }),
  };
  const saga: Saga = {
    definition,
    actions: Object.fromEntries(definition.steps.map(({ name }) => [name, actions])),
    ended: (draft, job, { sagaId, state }) => {
      onEnd(sagaId);
      const finish = { type: 'finish', succeeded: state === 'succeeded' } as const;
      return draft.changeJob(pipeline, job as Job<PipelineFields>, finish);
    },
  };
  return {
    kind: pipeline,
    payloadFields: [],
    summary: (job) => job,
    create: () => ({ application: null, view: async (job) => job, sagas: [saga] }),
  };
}
