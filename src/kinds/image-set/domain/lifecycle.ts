import { defineLifecycle } from '../../../domain/lifecycle.ts';

export const imageSetLifecycle = defineLifecycle({
  kind: 'image-set',
  states: {
    created: { phase: 'waiting', description: 'Credits and a slot are reserved; the photos may be uploaded.' },
    uploaded: { phase: 'waiting', description: 'The upload was confirmed; the set waits for its execution.' },
    queued: { phase: 'waiting', description: 'A message is on its way to a worker.' },
    running: { phase: 'active', description: 'At least one photo has its result.' },
    done: { phase: 'succeeded', description: 'Every photo has its result, and at least one was delivered.' },
    failed: { phase: 'failed', description: 'Every photo failed; nothing was charged.' },
    canceled: { phase: 'canceled', description: 'Canceled, or never executed in time; what was delivered is paid.' },
  },
  transitions: [
    { from: null, command: 'create', to: 'created', rule: 'credits and a slot are reserved first' },
    { from: 'created', command: 'confirmUpload', to: 'uploaded', rule: 'sets the total; at once with photos of old' },
    { from: 'uploaded', command: 'execute', to: 'queued', rule: 'stores concepts and protect, sends one message' },
    { from: 'queued', command: 'recordItemResult', to: 'running', rule: 'the first result' },
    { from: 'running', command: 'recordItemResult', to: 'done', rule: 'the last result, at least one item done' },
    { from: 'running', command: 'recordItemResult', to: 'failed', rule: 'the last result, every item failed' },
    { from: 'queued', command: 'expire', to: 'running', rule: 'items without a result fail' },
    { from: 'running', command: 'expire', to: 'done', rule: 'items without a result fail; at least one item done' },
    { from: 'running', command: 'expire', to: 'failed', rule: 'items without a result fail; none done' },
    { from: 'created', command: 'expire', to: 'canceled', rule: 'not confirmed in time' },
    { from: 'uploaded', command: 'expire', to: 'canceled', rule: 'not executed in time' },
    { from: 'created', command: 'cancel', to: 'canceled' },
    { from: 'uploaded', command: 'cancel', to: 'canceled' },
    { from: 'queued', command: 'cancel', to: 'canceled' },
    { from: 'running', command: 'cancel', to: 'canceled' },
  ],
});

