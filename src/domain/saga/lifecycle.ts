import { defineLifecycle } from '../lifecycle.ts';

/** Which step is next, and whether forward or back, is in the fields: for the store there is one way to claim. */
export const sagaLifecycle = defineLifecycle({
  kind: 'saga',
  states: {
    waiting: { phase: 'waiting', description: 'Waits for a runner, or out the backoff of the next attempt.' },
    running: { phase: 'active', description: 'A runner does a step, or undoes one.' },
    succeeded: { phase: 'succeeded', description: 'All steps are completed.' },
    failed: { phase: 'failed', description: 'A step failed and nothing was to be undone, or not all could be.' },
    compensated: { phase: 'failed', description: 'A step failed, and what the steps had done is undone.' },
    canceled: { phase: 'canceled', description: 'Canceled with the job it serves; what was done is undone.' },
  },
  transitions: [
    { from: null, command: 'create', to: 'waiting' },
    { from: 'waiting', command: 'claim', to: 'running', rule: 'made by the store; begins an attempt' },
    { from: 'waiting', command: 'cancel', to: 'waiting', rule: 'begins to compensate' },
    { from: 'waiting', command: 'cancel', to: 'canceled', rule: 'nothing is to be undone' },
    { from: 'running', command: 'done', to: 'waiting', rule: 'there is a next step, or one to undo' },
    { from: 'running', command: 'done', to: 'succeeded', rule: 'it was the last step' },
    { from: 'running', command: 'done', to: 'failed', rule: 'the last to be undone is, another could not be' },
    { from: 'running', command: 'done', to: 'compensated', rule: 'the last that was to be undone is' },
    { from: 'running', command: 'done', to: 'canceled', rule: 'cancel was asked for, and nothing is left to undo' },
    { from: 'running', command: 'fail', to: 'waiting', rule: 'an attempt is left, or something to be undone' },
    { from: 'running', command: 'fail', to: 'failed', rule: 'nothing is to be undone, or this could not be' },
    { from: 'running', command: 'fail', to: 'canceled', rule: 'cancel was asked for, and nothing is to be undone' },
    { from: 'running', command: 'loseLease', to: 'waiting', rule: 'a runner alone ends a saga, and tells the job' },
    { from: 'running', command: 'end', to: 'failed' },
    { from: 'running', command: 'end', to: 'canceled', rule: 'cancel was asked for' },
    { from: 'running', command: 'release', to: 'waiting', rule: 'its runner shuts down; the attempt does not count' },
  ],
  claims: [{ from: 'waiting', to: 'running', event: 'StepStarted' }],
});
