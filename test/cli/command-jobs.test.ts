import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ConnectClient } from '../../src/transports/cli/context.ts';
import { exitOfCommand } from '../../src/kinds/command/cli/end.ts';
import { allCommands } from '../../src/main/commands/all.ts';
import { kindTexts } from '../../src/main/commands/kind-texts.ts';
import { runCli } from '../../src/transports/cli/run.ts';
import { runningCommand } from '../../src/kinds/command/contract/command-examples.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-commands-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

/** Runs a command line against a server of one job, and gives what it sent. */
async function run(args: readonly string[], job: object = {}, log: readonly object[] = []) {
  const view = { ...runningCommand, ...job };
  const sent: { body?: unknown; uploaded: string[] } = { uploaded: [] };
  const client = {
    submitCommand: async ({ body }: { body: unknown }) => {
      sent.body = body;
      return { ...view, status: 'PENDING', deduplicated: false };
    },
    createCommandUploads: async ({ body }: { body: { files: { path: string }[] } }) => ({
      files: body.files.map(({ path }) => ({ path, objectKey: `k/${path}`, url: `http://put/${path}`, headers: {} })),
    }),
    upload: async (url: string, body: Blob) => void sent.uploaded.push(`${url} ${await body.text()}`),
    getJob: async () => view,
    listJobEvents: async () => ({ events: [], nextAfter: null }),
    listArtifacts: async () => ({ artifacts: [{ path: 'out/../../x', size: 1, url: 'http://get/x' }], purgedAt: null }),
    async *followJobLogs() {
      yield* log;
      yield { type: 'end', lastLine: log.length };
    },
  };
  let [stdout, stderr] = ['', ''];
  const status = await runCli(args, {
    commands: allCommands, topics: [], kindTexts,
    loadConnect: async () => (() => client) as unknown as ConnectClient,
    version: '0.0.0',
    env: { HOME: folder },
    out: { write: (text) => (stdout += text) },
    error: { write: (text) => (stderr += text) },
    onSignal: () => () => {},
  });
  return { status, stdout, stderr, body: sent.body, uploaded: sent.uploaded };
}

describe('job run', () => {
  it('prints the id alone on standard output', async () => {
    const { status, stdout, stderr } = await run(['job', 'run', '--command', 'echo hi']);
    expect([status, stdout]).toEqual([0, `${runningCommand.id}\n`]);
    expect(stderr).toContain(`job watch ${runningCommand.id}`);
  });

  it.each<[string, readonly string[], object]>([
    ['the short flags', ['-n', 'hello', '-p', 'docker', '-c', 'echo hi', '-t', '30'], {
      name: 'hello', command: 'echo hi', timeoutMs: 30_000, requirements: { provider: 'docker' },
    }],
    ['words as a shell splits them', ['-c', 'bash', '--args', "-c 'echo Processing && echo \"a b\"' x\\ y"], {
      command: 'bash', arguments: ['-c', 'echo Processing && echo "a b"', 'x y'],
    }],
    ['variables with commas between', ['-c', 'x', '--env', 'MY_VAR=hello_world,NUM_VAR=42'], {
      environment: { MY_VAR: 'hello_world', NUM_VAR: '42' },
    }],
    ['a part without = as that of the value before', ['-c', 'x', '--env', 'A=1,2,B=x=y'], {
      environment: { A: '1,2', B: 'x=y' },
    }],
    ['no variables', ['-c', 'x', '--env', ''], { environment: {} }],
    ['variables of several flags', ['-c', 'x', '--env', 'A=1', '--env', 'B=', '--env', 'A=2'], {
      environment: { A: '2', B: '' },
    }],
    ['limits', ['-c', 'x', '--memory', '512Mi', '--cpu', '500m', '--gpu', '1'], {
      requirements: { memoryBytes: 536_870_912, cpuCores: 0.5, gpuCount: 1 },
    }],
    ['memory by thousands', ['-c', 'x', '--memory', '1.5G'], { requirements: { memoryBytes: 1_500_000_000 } }],
    ['labels and secrets', ['-c', 'x', '--label', 'a=b=c', '--secret', 'TOKEN=npm/publish'], {
      labels: { a: 'b=c' }, secrets: { TOKEN: 'npm/publish' },
    }],
    ['retries after any failure', ['-c', 'x', '--retry', '2'], { retry: { maxAttempts: 3, on: 'failure' } }],
    ['outputs', ['-c', 'x', '--output', './dist/', '--output', 'a/*.log'], { outputs: ['dist', 'a/*.log'] }],
  ])('sends %s', async (_, flags, expected) => {
    const { status, body, stderr } = await run(['job', 'run', ...flags]);
    expect([status, stderr]).toEqual([0, expect.any(String)]);
    expect(body).toMatchObject(expected);
  });

  it('sends a script, and uploads files of this machine first', async () => {
    const script = file('build.sh', 'make\n');
    const data = file('data.csv', '1;2\n');
    const flags = ['--script', script, '--input', data, '--input', `${data}:in/x.csv`, '--input', 'command/a/k:y.csv'];
    const { body, uploaded } = await run(['job', 'run', ...flags]);
    expect(uploaded).toEqual(['http://put/0/data.csv 1;2\n', 'http://put/1/in/x.csv 1;2\n']);
    expect(body).toMatchObject({
      command: '', script: 'make\n',
      inputs: [
        { objectKey: 'k/0/data.csv', path: 'data.csv' }, { objectKey: 'k/1/in/x.csv', path: 'in/x.csv' },
        { objectKey: 'command/a/k', path: 'y.csv' },
      ],
    });
  });

  it.each<[string, readonly string[], number, string]>([
    ['neither command nor script', [], 2, '--command is needed, or --script'],
    ['arguments of no program', ['--script', 'x', '--args', 'a'], 2, '--args needs --command'],
    ['words with an open quotation mark', ['-c', 'x', '--args', "'a"], 2, '--args is "\'a": it must be words'],
    ['a variable without a value', ['-c', 'x', '--env', 'A'], 2, '"A" has no value: write NAME=VALUE'],
    ['a variable of no name', ['-c', 'x', '--env', 'a b=1'], 2, '"a b" cannot be the name of a variable'],
    ['memory in thousandths', ['-c', 'x', '--memory', '512m'], 2, 'it must be bytes, or a number with Ki'],
    ['no time', ['-c', 'x', '--timeout', '0'], 2, 'it must be a number of seconds'],
    ['an output elsewhere', ['-c', 'x', '--output', '/etc'], 2, 'it must be a path inside of the work directory'],
    ['an input that is not there', ['-c', 'x', '--input', './nothing.csv:x'], 66, 'there is no file ./nothing.csv'],
    ['a script that is not there', ['--script', 'nothing.sh'], 66, 'cannot read'],
  ])('refuses %s', async (_, flags, exit, problem) => {
    const { status, stdout, stderr, body } = await run(['job', 'run', ...flags]);
    expect([status, stdout, stderr]).toEqual([exit, '', expect.stringContaining(problem)]);
    expect(body).toBeUndefined();
  });

  it('with --wait shows the log on standard error, and exits as the command did', async () => {
    const failed = {
      status: 'FAILED', state: 'FAILED', phase: 'failed', endedAt: '2026-11-22T09:30:09.000Z', exitCode: 7,
      failure: { reason: 'NON_ZERO_EXIT_CODE', message: 'It ended with exit code 7.' },
    };
    const log = [{ type: 'line', text: 'one' }, { type: 'dropped', from: 2, to: 3 }];
    const { status, stdout, stderr } = await run(['job', 'run', '-c', 'exit 7', '--wait'], failed, log);
    expect([status, stdout]).toEqual([7, `${runningCommand.id}\n`]);
    expect(stderr).toBe(
      `one\nLines 2 to 3 are not there.\nJob ${runningCommand.id} is FAILED after 9.0 s: NON_ZERO_EXIT_CODE, ` +
        'It ended with exit code 7.\n',
    );
  });
});

describe('job watch of a command', () => {
  const ended = { endedAt: '2026-11-22T09:30:09.000Z' };
  const stopped = { status: 'CANCELLED', state: 'CANCELLED', phase: 'canceled', ...ended };
  it.each<[string, object, string, number]>([
    ['succeeded', { status: 'SUCCEEDED', state: 'SUCCEEDED', phase: 'succeeded', exitCode: 0, ...ended },
      'SUCCEEDED after 9.0 s: exit code 0.', 0],
    ['failed', {
      status: 'FAILED', state: 'FAILED', phase: 'failed', exitCode: 7, ...ended,
      failure: { reason: 'NON_ZERO_EXIT_CODE', message: 'The command exited with code 7.' },
    }, 'FAILED after 9.0 s: NON_ZERO_EXIT_CODE, The command exited with code 7.', 1],
    ['timed out', { status: 'TIMED_OUT', state: 'TIMED_OUT', phase: 'failed', signal: 'SIGTERM', ...ended },
      'TIMED_OUT after 9.0 s.', 1],
    ['was canceled', { ...stopped, cancelReason: 'The release is off' },
      'CANCELLED after 9.0 s: The release is off.', 1],
    ['was canceled before it ran', stopped, 'CANCELLED after 9.0 s.', 1],
  ])('ends with what became of one that %s', async (_, job, expected, exit) => {
    const { status, stderr } = await run(['job', 'watch', runningCommand.id], job);
    expect([status, stderr]).toEqual([exit, `Job ${runningCommand.id} is ${expected}\n`]);
  });
});

describe('a command that waited for a job', () => {
  const none = { exitCode: null, signal: null, failure: null };
  const because = (reason: 'COMMAND_NOT_FOUND' | 'PERMISSION_DENIED' | 'OUT_OF_MEMORY' | 'INFRASTRUCTURE_ERROR') => (
    { ...none, state: 'FAILED' as const, failure: { reason, message: '' } }
  );
  it.each([
    ['success', { ...none, state: 'SUCCEEDED' as const, exitCode: 0 }, 0],
    ['the exit code', { ...none, state: 'FAILED' as const, exitCode: 42 }, 42],
    ['a signal', { ...none, state: 'FAILED' as const, signal: 'SIGKILL' }, 137],
    ['a timeout', { ...none, state: 'TIMED_OUT' as const, signal: 'SIGTERM' }, 124],
    ['a cancel', { ...none, state: 'CANCELLED' as const, exitCode: 0 }, 143],
    ['a program that is not there', because('COMMAND_NOT_FOUND'), 127],
    ['a program that may not be run', because('PERMISSION_DENIED'), 126],
    ['too little memory', because('OUT_OF_MEMORY'), 137],
    ['a lost worker', because('INFRASTRUCTURE_ERROR'), 125],
  ])('exits for %s as timeout(1), the shell and docker do', (_, job, exit) => {
    expect(exitOfCommand(job)).toBe(exit);
  });
});

it('job download saves nothing outside of its folder', async () => {
  const { status, stdout, stderr } = await run(['job', 'download', '--id', runningCommand.id, '--out', folder]);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toContain('out/../../x is not saved: it would be outside of the folder');
});

it('job get says the state and its number in a line of its own, once', async () => {
  const { stdout } = await run(['job', 'get', '--id', runningCommand.id], {
    status: 'SUCCEEDED', state: 'SUCCEEDED', stateNumber: 4,
  });
  expect(stdout.split('\n').filter((line) => /status/i.test(line))).toEqual(['Status: SUCCEEDED (Status Code: 4)']);
});
