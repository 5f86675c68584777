import { expect, test } from 'vitest';
import { problemsIn } from '../../src/transports/mcp/problems.ts';

test('what went wrong with a job is found wherever its kind says it, and not in what people gave it', () => {
  const errors = problemsIn({
    failure: { reason: 'exit', message: 'exit code 3' }, cancelReason: null, data: { error: 'an input' },
    items: [{ error: null }, { error: 'too dark', errorCode: 'not_confident' }], errorMessage: '', errorLog: [],
  });
  expect(errors).toEqual([
    { where: 'failure', what: { reason: 'exit', message: 'exit code 3' } },
    { where: 'items.1.error', what: { code: 'not_confident', message: 'too dark' } },
  ]);
});
