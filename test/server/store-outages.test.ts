import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { StoreOutages } from '../../src/main/node/store-outages.ts';
import { StoreNotWritable, StoreUnreachable } from '../../src/ports/store/unreachable.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

const gone = new StoreUnreachable('Nothing listens there.');

function watched(): { readonly told: string[]; readonly outages: StoreOutages } {
  const told: string[] = [];
  const hear = (message: string): void => void told.push(message);
  return { told, outages: new StoreOutages({ debug: hear, info: hear, warn: hear, error: hear }) };
}

test('an outage is told once, though a query still ends well while the database is being killed', () => {
  const { told, outages } = watched();
  outages.failed(gone);
  outages.worked('read');
  for (let second = 0; second < 5; second++) {
    vi.advanceTimersByTime(1_000);
    outages.failed(gone);
  }
  vi.advanceTimersByTime(1_000);
  outages.worked('read');
  expect(told).toEqual(['the store cannot be reached', 'the store works again']);
});

test('a failure of what was begun before the store came back is no further outage', () => {
  const { told, outages } = watched();
  outages.failed(gone);
  vi.advanceTimersByTime(1_000);
  outages.worked('write');
  outages.failed(gone);
  vi.advanceTimersByTime(1_000);
  outages.worked('write');
  expect(told).toEqual(['the store cannot be reached', 'the store works again']);
});

test('a second outage is told as well', () => {
  const { told, outages } = watched();
  for (let outage = 0; outage < 2; outage++) {
    outages.failed(gone);
    vi.advanceTimersByTime(10_000);
    outages.worked('read');
    vi.advanceTimersByTime(10_000);
  }
  expect(told).toEqual([
    'the store cannot be reached', 'the store works again', 'the store cannot be reached', 'the store works again',
  ]);
});

test('reads say nothing about a store that takes no writes', () => {
  const { told, outages } = watched();
  outages.failed(new StoreNotWritable('read_only', 'It is a standby.'));
  vi.advanceTimersByTime(10_000);
  outages.worked('read');
  expect(() => outages.assertWritable()).toThrow('It is a standby.');
  outages.worked('write');
  expect(() => outages.assertWritable()).not.toThrow();
  expect(told).toEqual(['the store takes no writes', 'the store works again']);
});

test('a full disk that still takes a little is full until nothing has failed for five seconds', () => {
  const { told, outages } = watched();
  outages.failed(new StoreNotWritable('disk_full', 'No space is left.'));
  vi.advanceTimersByTime(4_900);
  outages.worked('write');
  expect(told).toHaveLength(1);
  vi.advanceTimersByTime(200);
  outages.worked('write');
  expect(told).toHaveLength(2);
});
