import { readdirSync } from 'node:fs';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { job, ran, resultOf, startAgent, startServer, stopAll, type TestAgent } from './harness.ts';
import { isAlive } from './processes.ts';
import type { StrictServer } from './strict-server.ts';

let server: StrictServer;
let agent: TestAgent;
const run = (...[command, more]: Parameters<typeof job>) => ran(server, job(command, more));

beforeAll(async () => {
  server = await startServer();
  agent = await startAgent([server]);
});
afterEach(() => expect(server.faults).toEqual([]));
afterAll(stopAll);

describe('an agent', () => {
  test('runs a line in a shell, preferably bash', async () => {
    const { result, reason, lines } = await run('echo "Hello from ${BASH_VERSION:+bash}!"');
    expect(lines).toEqual(['out: Hello from bash!']);
    expect(reason).toBeNull();
    expect(result).toMatchObject({ exitCode: 0, message: '', logLines: 1n, artifacts: [] });
    expect(result.signal).toBeUndefined();
    expect(Number(result.endedAt!.seconds)).toBeGreaterThan(1.7e9);
  });

  test('runs a program with arguments without a shell', async () => {
    const { lines } = await run('printf', { spec: { arguments: ['%s|', 'a b', '$HOME', ''] } });
    expect(lines).toEqual(['out: a b|$HOME||']);
  });

  test.each([
    [
      'by the shell',
      '',
      'echo "$0 got $1" | sed "s/.*script/script/"; (exit 3)',
      ['an argument'],
      'script got an argument',
      3,
    ],
    ['by the program that its first line names', '', '#!/usr/bin/env -S sed -n 3p\nfirst\nthird', [], 'third', 0],
    ['by the command', 'node', 'console.log(process.argv.length)', [], '2', 0],
    ['by the command, which has its arguments', 'cat', 'text', [], 'text', 0],
  ])('runs a script %s', async (_who, command, script, args, line, exitCode) => {
    const { result, lines } = await run(command, { spec: { script, arguments: args } });
    expect(lines).toEqual([`out: ${line}`]);
    expect(result.exitCode).toBe(exitCode);
  });

  test("gives a command its environment and secrets, and none of the agent's variables", async () => {
    const { lines } = await run('env', {
      environment: { MY_VAR: 'hello world', SAME: 'plain' },
      secrets: { TOKEN: 's3cret', SAME: 'secret' },
    });
    const names = lines.map((each) => each.replace('out: ', '').split('=')[0]).sort();
    expect(names).toEqual([
      'HOME',
      'MY_VAR',
      'PATH',
      'PWD',
      'SAME',
      'SHLVL',
      'TMPDIR',
      'TOKEN',
      'WAYBILL_WORKER_ID',
      '_',
    ]);
    expect(lines).toEqual(expect.arrayContaining(['out: MY_VAR=hello world', 'out: TOKEN=s3cret', 'out: SAME=secret']));
  });

  test('hides its token from commands', async () => {
    const { lines } = await run('tr "\\0" "\\n" </proc/$PPID/environ; ps eww -p $PPID; ps -ef');
    expect(lines.join('\n')).toContain('WAYBILL_AGENT_TOKEN=xxx');
    expect(lines.join('\n')).not.toContain('the-registration-token');
    expect(lines.join('\n')).not.toContain('the-session-token');
  });

  test('leaves no secret in the arguments of any process, nor on the disk', async () => {
    const { lines } = await run(
      'ps -ef | grep s3cret-3 | grep -v grep; grep -rls s3cret-3 "$HOME/../.."; echo $TOKEN | tr 0-9 _',
      { secrets: { TOKEN: 's3cret-3' } },
    );
    expect(lines).toEqual(['out: s_cret-_']);
  });

  test('gives a command its own folder, and removes it afterwards', async () => {
    const { lines } = await run(
      'pwd; echo $HOME; echo $TMPDIR; touch file; mktemp; ls -A; mkdir -p deep/er; chmod 500 deep',
    );
    const [pwd, home, temporary, file, ...listed] = lines.map((each) => each.replace('out: ', ''));
    expect(home).toBe(pwd);
    expect(pwd!.startsWith(agent.folder)).toBe(true);
    expect(file!.startsWith(temporary!)).toBe(true);
    expect(listed).toEqual(['file']);
    await expect.poll(() => readdirSync(agent.folder)).toEqual([]);
  });

  test('gives a command its standard input as a file that can be reopened', async () => {
    expect((await run('cat; cat /dev/stdin', { spec: { stdin: 'one\ntwo\n' } })).lines).toEqual([
      'out: one',
      'out: two',
      'out: one',
      'out: two',
    ]);
    expect((await run('cat; readlink /proc/self/fd/0')).lines).toEqual(['out: /dev/null']);
  });

  test('lets a command reopen its output streams', async () => {
    const { lines } = await run('echo a >/dev/stdout; echo b >/dev/stderr');
    expect(lines.toSorted()).toEqual(['err: b', 'out: a']);
  });

  test('runs several commands at once', async () => {
    const all = await Promise.all([1, 2, 3].map((n) => run(`for i in 1 2 3; do echo ${n}-$i; sleep 0.02; done`)));
    expect(all.map(({ lines }) => lines)).toEqual([1, 2, 3].map((n) => [1, 2, 3].map((i) => `out: ${n}-${i}`)));
  });

  test('runs a command in the folder that it names', async () => {
    expect((await run('pwd', { spec: { workingDirectory: '/' } })).lines).toEqual(['out: /']);
  });
});

/** Command, the rest of it, failure reason, message, exit code. */
const failures: readonly [string, object, string, unknown, number | undefined][] = [
  [
    'no_such_program',
    { arguments: ['x'] },
    'COMMAND_NOT_FOUND',
    'The program "no_such_program" was not found in PATH.',
    undefined,
  ],
  [
    '/no/such',
    { arguments: ['x'] },
    'COMMAND_NOT_FOUND',
    'The program "/no/such" does not exist, or its interpreter does not.',
    undefined,
  ],
  [
    'no_such_program',
    {},
    'COMMAND_NOT_FOUND',
    'The shell could not find a program (exit code 127).',
    127,
  ],
  [
    'sh',
    { arguments: ['-c', 'no_such'] },
    'COMMAND_NOT_FOUND',
    'The shell could not find a program (exit code 127).',
    127,
  ],
  [
    '/etc/passwd',
    { arguments: ['x'] },
    'PERMISSION_DENIED',
    'The program "/etc/passwd" cannot be executed: permission denied.',
    undefined,
  ],
  [
    '/etc/passwd',
    {},
    'PERMISSION_DENIED',
    'The shell was not permitted to execute a program (exit code 126).',
    126,
  ],
  [
    'true',
    { workingDirectory: 'no/such' },
    'FILE_NOT_FOUND',
    expect.stringMatching(/^The working directory ".*\/no\/such" does not exist\.$/),
    undefined,
  ],
  [
    'true',
    { workingDirectory: '/etc/passwd' },
    'FILE_NOT_FOUND',
    'The working directory "/etc/passwd" is not a directory.',
    undefined,
  ],
  ['exit 7', {}, 'NON_ZERO_EXIT_CODE', 'The command exited with code 7.', 7],
  ['env', { arguments: ['sh', '-c', 'exit 127'] }, 'NON_ZERO_EXIT_CODE', 'The command exited with code 127.', 127],
  [
    '(kill -9 $BASHPID); exit $?',
    {},
    'NON_ZERO_EXIT_CODE',
    'The command exited with code 137, which stands for SIGKILL.',
    137,
  ],
  ['', {}, 'VALIDATION_ERROR', 'The job has neither a command nor a script.', undefined],
];

describe('the result that an agent sends', () => {
  test.each(failures)('reports %j %.80j as %s', async (command, spec, reason, message, exitCode) => {
    const ended = await run(command, { spec });
    expect(ended.reason).toBe(reason);
    expect(ended.result.message).toEqual(message);
    expect(ended.result.exitCode).toBe(exitCode);
    expect(ended.result.startedAt === undefined).toBe(exitCode === undefined);
  });

  test('reports that a program with more arguments than the system allows was not started', async () => {
    const { result, reason } = await run('true', { spec: { arguments: ['x'.repeat(200_000)] } });
    expect(reason).toBe('PROCESS_SPAWN_FAILED');
    expect(result.message).toContain('than the system allows');
  });

  test('says which signal ended a command', async () => {
    const { result, reason } = await run('kill -SEGV $$');
    expect(reason).toBe('SIGNAL_RECEIVED');
    expect(result).toMatchObject({ signal: 'SIGSEGV', message: 'The command was ended by SIGSEGV.' });
    expect(result.exitCode).toBeUndefined();
  });

  test('names the variable that cannot hold its secret, without showing the secret', async () => {
    const { result, reason } = await run('true', { secrets: { TOKEN: 'very\0secret' } });
    expect(reason).toBe('SECRET_INJECTION_ERROR');
    expect(result.message).toContain('"TOKEN"');
    expect(result.message).not.toContain('very');
  });
});

describe('an agent that ends a command', () => {
  test('ends all that it started when its time is over', async () => {
    const { result, reason, lines } = await run('sleep 300 & echo $!; sleep 300', { timeout: durationFromMs(300) });
    expect(reason).toBe('EXECUTION_TIMEOUT');
    expect(result).toMatchObject({
      signal: 'SIGTERM',
      message: 'The command ran longer than its time limit of 0.3 s.',
    });
    expect(isAlive(Number(lines[0]!.slice(5)))).toBe(false);
  });

  test('kills it after its grace when it does not heed SIGTERM', async () => {
    const assignment = job('trap "echo no" TERM; echo $$; while :; do sleep 0.02; done', {
      grace: durationFromMs(60_000),
    });
    server.assign(assignment);
    await server.until(() => server.of(assignment.run).lines.length > 0);
    server.say({ case: 'cancel', value: { run: assignment.run, grace: durationFromMs(200), reason: 'ola wants it' } });
    const { result, reason, lines } = await resultOf(server, assignment);
    expect(reason).toBe('SIGNAL_RECEIVED');
    expect(result).toMatchObject({
      signal: 'SIGKILL',
      message: 'The command was ended because the job was canceled: ola wants it.',
    });
    expect(lines.at(-1)).toBe('out: no');
    const took = Number(result.endedAt!.seconds - result.startedAt!.seconds);
    expect(took).toBeLessThan(10);
  });

  test('sends its result when it ends by itself after SIGTERM', async () => {
    const assignment = job('trap "echo bye; exit 5" TERM; echo go; while :; do sleep 0.02; done');
    server.assign(assignment);
    await server.until(() => server.of(assignment.run).lines.length > 0);
    server.say({ case: 'cancel', value: { run: assignment.run, grace: durationFromMs(10_000), reason: '' } });
    const { result, lines } = await resultOf(server, assignment);
    expect(result).toMatchObject({ exitCode: 5, message: 'The command was ended because the job was canceled.' });
    expect(lines.filter((line) => line.startsWith('out'))).toEqual(['out: go', 'out: bye']);
  });

  test('ends processes that a command left running, in its group and in others', async () => {
    const { result, lines } = await run(
      'sleep 301 & echo $!; setsid sleep 302 & echo $!; (trap "" TERM; exec sleep 303) & echo $!; ' +
        'setsid sh -c "exec env -u HOME sleep 304" >/dev/null 2>&1 & echo $!; sleep 0.2',
    );
    expect(result.exitCode).toBe(0);
    expect(lines).toHaveLength(4);
    for (const line of lines) expect([line, isAlive(Number(line.slice(5)))]).toEqual([line, false]);
  });

  test('does not wait for an escaped process that holds a pipe open', async () => {
    const { result, lines } = await run('env -i setsid sleep 20 & echo $!');
    expect(result.exitCode).toBe(0);
    process.kill(Number(lines[0]!.slice(5)), 'SIGKILL');
  });

});
