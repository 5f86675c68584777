import { defineLifecycle } from '../../../domain/lifecycle.ts';

export const taskLifecycle = defineLifecycle({
  kind: 'task',
  states: {
    pending: { phase: 'waiting', description: 'Waits for a worker, its time, a free slot, or other jobs.' },
    processing: { phase: 'active', description: 'A worker has it.' },
    completed: { phase: 'succeeded', description: 'Its handler returned; the result is kept.' },
    failed: { phase: 'failed', description: 'Its last attempt failed, or one that was not to be retried.' },
    canceled: { phase: 'canceled', description: 'Canceled by somebody, or since a job it depends on did not succeed.' },
  },
  transitions: [
    { from: null, command: 'create', to: 'pending' },
    { from: 'pending', command: 'claim', to: 'processing', rule: 'made by the store; begins an attempt' },
    { from: 'pending', command: 'cancel', to: 'canceled' },
    { from: 'pending', command: 'dependencyEnded', to: 'canceled', rule: 'it did not succeed, and that matters' },
    { from: 'processing', command: 'complete', to: 'completed' },
    { from: 'processing', command: 'complete', to: 'canceled', rule: 'cancel was asked for before' },
    { from: 'processing', command: 'fail', to: 'pending', rule: 'an attempt is left; waits out its backoff' },
    { from: 'processing', command: 'fail', to: 'failed', rule: 'no attempt is left, or not to be retried' },
    { from: 'processing', command: 'fail', to: 'canceled', rule: 'cancel was asked for before' },
    { from: 'processing', command: 'loseLease', to: 'pending', rule: 'an attempt is left' },
    { from: 'processing', command: 'loseLease', to: 'failed', rule: 'no attempt is left' },
    { from: 'processing', command: 'loseLease', to: 'canceled', rule: 'cancel was asked for before' },
    { from: 'processing', command: 'release', to: 'pending', rule: 'its worker stops; the attempt does not count' },
    { from: 'processing', command: 'release', to: 'canceled', rule: 'cancel was asked for before' },
    { from: 'processing', command: 'suspend', to: 'pending', rule: 'goes on with the attempt later' },
    { from: 'processing', command: 'suspend', to: 'canceled', rule: 'cancel was asked for before' },
    { from: 'failed', command: 'retry', to: 'pending', reopens: true, rule: 'attempts count from the start' },
    { from: 'canceled', command: 'retry', to: 'pending', reopens: true, rule: 'attempts count from the start' },
  ],
  claims: [{ from: 'pending', to: 'processing', event: 'TaskStarted' }],
});
