import { expect, test } from 'vitest';
import { CommitAborted } from '../../src/ports/store/commit.ts';
import { StoreUnreachable } from '../../src/ports/store/unreachable.ts';
import { unavailableBecause } from '../../src/application/unavailable.ts';

test('a store that cannot be reached is answered as unavailable, however deep the error lies', () => {
  const unreachable = new StoreUnreachable('no connection');
  for (const error of [unreachable, new CommitAborted('commit', { cause: unreachable })]) {
    expect(unavailableBecause(error)).toMatchObject({ code: 'unavailable', retryable: true });
  }
});

test('an error that is not about reaching the store is not answered as unavailable', () => {
  for (const error of [new Error('a bug'), new CommitAborted('constraint'), 'text', null]) {
    expect(unavailableBecause(error)).toBeNull();
  }
});
