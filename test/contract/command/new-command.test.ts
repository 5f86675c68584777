import { describe, expect, it } from 'vitest';
import { createReader } from '../../../src/contract/input/reader.ts';
import { submitCommand } from '../../../src/kinds/command/contract/commands.ts';
import { commandLimits, newCommand } from '../../../src/kinds/command/contract/new-command.ts';
import { scheduleRoutes } from '../../../src/main/routes.ts';

const { body } = createReader(submitCommand);

function many<T>(count: number, value: T): Record<string, T> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`V${index}`, value]));
}

describe('a command that is submitted', () => {
  it('needs nothing but the command', () => {
    expect(body({ command: 'echo hi' })).toEqual({ ok: true, value: { command: 'echo hi' } });
  });

  it('may leave the command out when there is a script', () => {
    expect(body({ script: 'echo hi' })).toEqual({ ok: true, value: { command: '', script: 'echo hi' } });
  });

  it.each([
    ['no command', {}, 'command'],
    ['a blank command', { command: '  ' }, 'command'],
    ['arguments of no program', { script: 'x', arguments: ['a'] }, 'command'],
    ['too long a command', { command: 'x'.repeat(commandLimits.commandBytes + 1) }, 'command'],
    ['too many arguments', { command: 'x', arguments: Array(1_001).fill('a') }, 'arguments'],
    ['too many variables', { command: 'x', environment: many(501, '1') }, 'environment'],
    ['a variable that POSIX does not have', { command: 'x', environment: { '1A': 'x' } }, 'environment.1A'],
    ['a NUL in a variable', { command: 'x', environment: { A: 'a\0b' } }, 'environment.A'],
    ['a variable that is a secret, too', { command: 'x', environment: { A: '1' }, secrets: { A: 's' } }, 'secrets.A'],
    ['a secret of no name', { command: 'x', secrets: { A: 'a b' } }, 'secrets.A'],
    ['an output out of the work directory', { command: 'x', outputs: ['../x'] }, 'outputs.0'],
    ['an absolute input', { command: 'x', inputs: [{ objectKey: 'k', path: '/etc/x' }] }, 'inputs.0.path'],
    ['more labels than there is room for', { command: 'x', labels: many(15, '1') }, 'labels'],
    ['a label that is its own', { command: 'x', labels: { provider: 'x' } }, 'labels'],
    ['too little CPU', { command: 'x', requirements: { cpuCores: 0.001 } }, 'requirements.cpuCores'],
    ['too short a time', { command: 'x', timeoutMs: 1 }, 'timeoutMs'],
    ['pauses that shrink', { command: 'x', retry: { backoff: { firstMs: 2, maxMs: 1 } } }, 'retry.backoff.maxMs'],
    ['an id that is no UUID', { command: 'x', id: '7' }, 'id'],
  ])('is refused with %s', (_, given, field) => {
    const read = body(structuredClone(given));
    expect(read.ok ? [] : Object.keys(read.fields)).toContain(field);
  });

  it('has at most 1 MiB, all of it together', () => {
    const environment = many(20, 'x'.repeat(commandLimits.variableBytes));
    const read = body({ command: 'x', environment });
    expect(read).toEqual({ ok: false, fields: { body: 'must have at most 1048576 bytes of JSON' } });
  });

  it('is refused with a NUL whatever transport it came by', () => {
    expect(newCommand.safeParse({ command: 'a\0b' }).success).toBe(false);
    expect(newCommand.safeParse({ command: 'a', stdin: '\ud800' }).success).toBe(false);
  });
});

describe('a schedule of commands', () => {
  const { body: schedule } = createReader(scheduleRoutes.createSchedule);

  it('has one name, its own', () => {
    const read = schedule({ name: 'Nightly', cron: '@daily', kind: 'command', command: 'make', timeoutMs: 60_000 });
    expect(read).toMatchObject({
      ok: true, value: { name: 'Nightly', kind: 'command', command: 'make', timeoutMs: 60_000 },
    });
  });

  it('needs a command', () => {
    expect(schedule({ name: 'Nightly', cron: '@daily', kind: 'command', script: 'x' })).toMatchObject({
      ok: false, fields: { command: 'is required' },
    });
  });
});
