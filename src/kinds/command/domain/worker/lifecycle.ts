import { defineLifecycle } from '../../../../domain/lifecycle.ts';

export const workerLifecycle = defineLifecycle({
  kind: 'worker',
  states: {
    CREATING: { phase: 'waiting', description: 'Its provider is asked to make it.' },
    CONNECTING: { phase: 'waiting', description: 'It was made. Its agent has not registered yet.' },
    READY: { phase: 'active', requires: ['session'], description: 'Its agent waits for a job.' },
    BUSY: { phase: 'active', requires: ['session', 'jobId'], description: 'It has a job.' },
    DRAINING: { phase: 'active', description: 'It gets no job any more, and is being ended.' },
    TERMINATED: { phase: 'succeeded', description: 'Nothing of it is left at its provider.' },
  },
  transitions: [
    { from: null, command: 'create', to: 'CREATING' },
    { from: 'CREATING', command: 'provisioned', to: 'CONNECTING' },
    { from: 'CREATING', command: 'register', to: 'READY', rule: 'its agent may be faster than its provider’s answer' },
    { from: 'CREATING', command: 'drain', to: 'DRAINING' },
    { from: 'CREATING', command: 'cancel', to: 'DRAINING' },
    { from: 'CREATING', command: 'expire', to: 'DRAINING', rule: 'its agent did not register in time' },
    { from: 'CONNECTING', command: 'register', to: 'READY' },
    { from: 'CONNECTING', command: 'drain', to: 'DRAINING' },
    { from: 'CONNECTING', command: 'cancel', to: 'DRAINING' },
    { from: 'CONNECTING', command: 'expire', to: 'DRAINING', rule: 'its agent did not register in time' },
    { from: 'READY', command: 'take', to: 'BUSY' },
    { from: 'READY', command: 'drain', to: 'DRAINING' },
    { from: 'READY', command: 'cancel', to: 'DRAINING' },
    { from: 'READY', command: 'expire', to: 'DRAINING', rule: 'idle too long, or too old' },
    { from: 'BUSY', command: 'free', to: 'READY', rule: 'it may do another job' },
    { from: 'BUSY', command: 'free', to: 'DRAINING', rule: 'it does one job only' },
    { from: 'BUSY', command: 'drain', to: 'DRAINING' },
    { from: 'BUSY', command: 'cancel', to: 'DRAINING' },
    { from: 'DRAINING', command: 'terminated', to: 'TERMINATED' },
  ],
});
