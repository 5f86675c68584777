import { expect, it } from 'vitest';
import { howEnded } from '../../src/kinds/command/application/workers.ts';

it('says in one sentence how a worker ended', () => {
  const ended = { state: 'exited', exitCode: null, signal: null, reason: null } as const;
  const rebooted = 'The machine was rebooted.';
  expect(howEnded(ended)).toBe('Its worker ended.');
  expect(howEnded({ ...ended, reason: rebooted })).toBe(`Its worker ended: ${rebooted}`);
  expect(howEnded({ ...ended, exitCode: 3, reason: 'no space left' })).toBe(
    'Its worker ended with exit code 3: no space left.',
  );
  expect(howEnded({ ...ended, signal: 'SIGKILL' })).toBe('Its worker ended by SIGKILL.');
});
