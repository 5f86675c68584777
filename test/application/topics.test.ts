import { expect, test } from 'vitest';
import { matcherOf } from '../../src/application/events/topics.ts';
import type { FedEvent } from '../../src/ports/store/event-feed.ts';

const fed: FedEvent = {
  event: {
    jobId: 'j', kind: 'errand', sequence: 1, occurredAt: 0, actor: 'mira', correlationId: 'c',
    body: { type: 'ErrandMade' },
  },
  position: '1', bytes: 1, ownerId: 'mira', jobType: 'copy', labels: { sku: 'A-17', theme: 'snow' },
};
const hears = (labels: Readonly<Record<string, string>>): boolean =>
  matcherOf([{ kind: 'errand', ownerId: 'mira' }], { labels })(fed);

test('whoever follows several labels hears of jobs that have all of them', () => {
  expect([{}, { sku: 'A-17' }, { sku: 'A-17', theme: 'snow' }].map(hears)).toEqual([true, true, true]);
  expect([{ sku: 'A-18' }, { sku: 'A-17', theme: 'sun' }, { sku: 'A-17', size: 'L' }].map(hears))
    .toEqual([false, false, false]);
});
