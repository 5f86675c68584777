import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { readCgroup } from '../../../src/kinds/command/worker/execution/cgroup.ts';
import { failureOf } from '../../../src/kinds/command/worker/execution/outcome.ts';
import { interleaved } from '../../../src/kinds/command/worker/log/interleaving.ts';
import { makeFolder, stopAll } from './harness.ts';

afterEach(stopAll);

function machine(files: Readonly<Record<string, string>>): string {
  const root = makeFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

describe('what the kernel counts for a container', () => {
  test('is read in version 2', () => {
    const root = machine({
      'proc/self/cgroup': '0::/\n',
      'sys/fs/cgroup/memory.events': 'low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n',
      'sys/fs/cgroup/cpu.stat': 'usage_usec 1234\nuser_usec 1000\n',
      'sys/fs/cgroup/memory.current': '4096\n',
    });
    expect(readCgroup(root)).toEqual({ isOwn: true, memoryKills: 2, cpuMicros: 1_234, memoryBytes: 4_096 });
  });

  test('is read in version 1, by the paths of its controllers', () => {
    const root = machine({
      'proc/self/cgroup': '5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n1:name=systemd:/docker/abc\n',
      'sys/fs/cgroup/memory/docker/abc/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 7\n',
      'sys/fs/cgroup/memory/docker/abc/memory.usage_in_bytes': '8192\n',
      'sys/fs/cgroup/cpuacct/cpuacct.usage': '5000000\n',
    });
    expect(readCgroup(root)).toEqual({ isOwn: false, memoryKills: 7, cpuMicros: 5_000, memoryBytes: 8_192 });
  });

  test('is not known where there is none', () => {
    expect(readCgroup(machine({}))).toMatchObject({ memoryKills: null, cpuMicros: null, memoryBytes: null });
  });

  test('makes OUT_OF_MEMORY of a failure, and of nothing else', () => {
    const ending = { exitCode: 137, signal: null, stop: null, isOutOfMemory: true, program: '/bin/bash' };
    expect(failureOf(ending)?.reason).toBe('OUT_OF_MEMORY');
    expect(failureOf({ ...ending, exitCode: null, signal: 'SIGKILL' })?.reason).toBe('OUT_OF_MEMORY');
    expect(failureOf({ ...ending, exitCode: 0 })).toBeNull();
    expect(failureOf({ ...ending, stop: { reason: 'timeout', timeoutMs: 5 } })?.reason).toBe('EXECUTION_TIMEOUT');
  });
});

describe('lines that were read in one go', () => {
  const lines = (text: string) =>
    text.split(' ').map((each) => ({ stream: each < 'a' ? 'err' : 'out', text: each }) as const);
  const turnsOf = (text: string) => [...text].map((each) => (each === 'e' ? 'err' : 'out'));
  const order = (read: string, turns: string) =>
    interleaved(lines(read), turnsOf(turns)).map(({ text }) => text).join(' ');

  test.each([
    ['a c 1', 'oeo', 'a 1 c'],
    ['a c d 1', 'oeo', 'a 1 c d'],
    ['1 2 a b', 'eoeo', '1 a 2 b'],
    // Half a line was written, or the kernel has told of more than was read.
    ['a 1', 'oeoeo', 'a 1'],
    // It has told of less.
    ['a 1 b', 'o', 'a 1 b'],
    ['a 1 b', '', 'a 1 b'],
    ['a b c', 'oeo', 'a b c'],
  ])('are put in order: %s after %j as %s', (read, turns, ordered) => {
    expect(order(read, turns)).toBe(ordered);
  });
});
