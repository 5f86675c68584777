import { ok, refuse, type Result } from '../../../src/domain/errors.ts';
import {
  addDependent, dependencyEnded, tellDependents, withDependent, withoutDependency, type DependencyEnded,
  type DependentAdded, type DependentsField, type OnDependencyFailure, type WaitsForField,
} from '../../../src/domain/job/dependencies.ts';
import type { Job, JobBirth, JobEvent } from '../../../src/domain/job/job.ts';
import { webhookTopic, type Decision, type Effect, type Evolution, type Kind, type StandardCommand } from
  '../../../src/domain/job/kind.ts';
import { clockToleranceMs } from '../../../src/domain/job/start.ts';
import { defineLifecycle, type EndPhase } from '../../../src/domain/lifecycle.ts';

/** A kind that neither Waybill nor its samples have: parcels that couriers take, with a label in object storage. */

export interface ParcelInput {
  readonly dependsOn: readonly string[];
  readonly onDependencyFailure: OnDependencyFailure;
}

export interface Parcel extends DependentsField, WaitsForField {
  readonly webhookUrl: string | null;
  readonly attempts: number;
  /** Why it did not arrive; null while it may. */
  readonly problem: string | null;
}

export type ParcelCommand =
  | StandardCommand
  | {
      readonly type: 'create';
      readonly ownerId: string;
      readonly jobType: string;
      readonly attempts: number;
      readonly deadlineAt: number;
      readonly webhookUrl: string | null;
      readonly input: ParcelInput;
      readonly waitsFor: readonly string[];
    }
  | { readonly type: 'deliver'; readonly token: number };

type ParcelEvent =
  | (JobBirth & {
      readonly type: 'Posted';
      readonly attempts: number;
      readonly webhookUrl: string | null;
      readonly waitsFor: readonly string[];
    })
  | (JobEvent & { readonly type: 'PickedUp' | 'Delivered' | 'Recalled' | 'Rescheduled' })
  | (JobEvent & { readonly type: 'SentAgain'; readonly waitsFor: readonly string[] })
  | DependentAdded
  | DependencyEnded
  | (JobEvent & { readonly type: 'Dropped' | 'WentMissing'; readonly problem: string });

type Decided = Result<Decision<ParcelEvent>>;
const nothing: Decision<ParcelEvent> = { events: [], effects: [] };

const lifecycle = defineLifecycle({
  kind: 'parcel',
  states: {
    SHELVED: { phase: 'waiting', description: 'Waits for a courier.' },
    RIDING: { phase: 'active', description: 'A courier has it.' },
    ARRIVED: { phase: 'succeeded', description: 'It was handed over.' },
    MISSING: { phase: 'failed', description: 'Too late, or dropped too often.' },
    RECALLED: { phase: 'canceled', description: 'Its sender has it back.' },
  },
  transitions: [
    { from: null, command: 'create', to: 'SHELVED' },
    { from: 'SHELVED', command: 'claim', to: 'RIDING' },
    { from: 'RIDING', command: 'deliver', to: 'ARRIVED' },
    { from: 'RIDING', command: 'loseLease', to: 'SHELVED' },
    { from: 'RIDING', command: 'loseLease', to: 'MISSING' },
    { from: 'SHELVED', command: 'expire', to: 'MISSING' },
    { from: 'RIDING', command: 'expire', to: 'MISSING' },
    { from: 'SHELVED', command: 'cancel', to: 'RECALLED' },
    { from: 'RIDING', command: 'cancel', to: 'RECALLED' },
    { from: 'SHELVED', command: 'dependencyEnded', to: 'RECALLED' },
    { from: 'MISSING', command: 'retry', to: 'SHELVED', reopens: true },
    { from: 'RECALLED', command: 'retry', to: 'SHELVED', reopens: true },
  ],
  claims: [{ from: 'SHELVED', to: 'RIDING', event: 'PickedUp' }],
});

export const parcel: Kind<Parcel, ParcelCommand, ParcelEvent> = {
  name: 'parcel',
  lifecycle,
  access: { role: 'user', sees: 'own' },
  internal: false,
  create: ({ ownerId, jobType, attempts, deadlineAt, webhookUrl, input, waitsFor }, now) => ok({
    events: [
      {
        type: 'Posted', state: 'SHELVED', ownerId, traceparent: null, jobType, attempts, deadlineAt, webhookUrl, input,
        waitsFor,
      },
    ],
    effects: [shelve(now, waitsFor.length > 0)],
  }),
  decide,
  begin: ({ attempts, webhookUrl, waitsFor }) => ({ attempts, webhookUrl, problem: null, waitsFor, dependents: [] }),
  evolve: ({ fields }, event) => evolve(fields, event),
  dependsOn: ({ input }) => (input as ParcelInput).dependsOn,
  dependents: ({ fields }) => fields.dependents,
  itemCount: () => 0,
  logged: ({ fields }) => ({ costEstimate: 0, error: fields.problem }),
  labels: ({ jobType }) => ({ route: jobType ?? '' }),
  webhookUrl: ({ fields }) => fields.webhookUrl,
};

export function labelKey(ownerId: string, jobId: string): string {
  return `labels/${ownerId}/${jobId}/label.txt`;
}

function evolve(fields: Parcel, event: ParcelEvent): Evolution<Parcel> {
  switch (event.type) {
    case 'DependentAdded':
      return { fields: withDependent(fields, event) };
    case 'DependencyEnded':
      return { fields: withoutDependency(fields, event) };
    case 'PickedUp':
      return { fields: { ...fields, problem: null }, started: true };
    case 'SentAgain':
      return { fields: { ...fields, problem: null, waitsFor: event.waitsFor } };
    case 'Dropped':
      return { fields: { ...fields, problem: event.problem } };
    case 'WentMissing':
      return { fields: { ...fields, problem: event.problem, waitsFor: [], dependents: [] } };
    case 'Recalled':
    case 'Delivered':
      return { fields: { ...fields, problem: null, waitsFor: [], dependents: [] } };
    default:
      return { fields };
  }
}

function shelve(dueAt: number, blocked = false): Effect {
  return {
    type: 'offer-work',
    work: { blocked, priority: 0, dueAt, pauseMs: null, concurrencyKey: null, timeoutMs: null },
  };
}

function decide(job: Job<Parcel>, command: ParcelCommand, now: number): Decided {
  const hasEnded = lifecycle.isTerminal(job.state as never);
  switch (command.type) {
    case 'create':
      return ok(nothing);
    case 'expire': {
      const isLate = job.deadlineAt !== null && job.deadlineAt <= now;
      if (hasEnded || (command.onlyOverdue && !isLate)) return ok(nothing);
      return ok(ended(job, 'failed', { type: 'WentMissing', state: 'MISSING', problem: 'It was too late.' }));
    }
    case 'correctDeadline':
      if (job.deadlineAt !== command.from || now < command.at - clockToleranceMs) return ok(nothing);
      return ok({ events: [{ type: 'Rescheduled', deadlineAt: command.to }], effects: [] });
    case 'loseLease': {
      if (job.lease?.token !== command.token) return ok(nothing);
      const problem = 'The courier was not heard of any more.';
      if (job.attempt >= job.fields.attempts) {
        return ok(ended(job, 'failed', { type: 'WentMissing', state: 'MISSING', problem }));
      }
      return ok({ events: [{ type: 'Dropped', state: 'SHELVED', problem }], effects: [shelve(now)] });
    }
    case 'deliver':
      if (job.lease?.token !== command.token) return refuse('lease_lost', 'Another courier has it, or nobody.');
      return ok(ended(job, 'succeeded', { type: 'Delivered', state: 'ARRIVED' }));
    case 'cancel':
      if (hasEnded) return refuse('invalid_state', `The parcel is ${job.state}.`, { state: job.state });
      return ok(recalled(job));
    case 'addDependent':
      return addDependent(job, command);
    case 'dependencyEnded':
      if (job.state !== 'SHELVED') return ok(nothing);
      return ok(dependencyEnded<ParcelEvent>(job, command, {
        onFailure: (job.input as ParcelInput).onDependencyFailure,
        begin: () => [shelve(now)],
        cancel: () => recalled(job),
      }));
    case 'retry':
      if (job.state !== 'MISSING' && job.state !== 'RECALLED') {
        return refuse('invalid_state', `The parcel is ${job.state}.`, { state: job.state });
      }
      return ok({
        events: [
          {
            type: 'SentAgain', state: 'SHELVED', attempt: 0, deadlineAt: now + 3_600_000, waitsFor: command.waitsFor,
          },
        ],
        effects: [shelve(now, command.waitsFor.length > 0)],
      });
  }
}

function recalled(job: Job<Parcel>): Decision<ParcelEvent> {
  return ended(job, 'canceled', { type: 'Recalled', state: 'RECALLED' });
}

function ended(job: Job<Parcel>, phase: EndPhase, event: ParcelEvent): Decision<ParcelEvent> {
  const effects: Effect[] = [
    { type: 'withdraw-work' },
    { type: 'end-objects', part: 'inputs', policy: 'results' },
    ...tellDependents(job, phase),
  ];
  if (job.fields.webhookUrl !== null) {
    effects.push({ type: 'post', topic: webhookTopic, payload: { version: job.version + 1 } });
  }
  return { events: [event], effects };
}
