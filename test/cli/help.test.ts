import { describe, expect, test } from 'vitest';
import { allCommands, topics } from '../../src/main/commands/all.ts';
import type { Command } from '../../src/transports/cli/command.ts';
import { helpOn } from '../../src/transports/cli/help.ts';
import { run, runHere } from './program.ts';

const advice = 'make it again with: npm test -- test/cli/help.test.ts -u';

async function load(): Promise<readonly Command[]> {
  return Promise.all(allCommands.map((entry) => entry.load()));
}

describe('help', () => {
  test('of all commands is as in the golden file', async () => {
    const { status, stdout, stderr } = await run(['--help']);
    expect([status, stderr]).toEqual([0, '']);
    await expect(stdout, advice).toMatchFileSnapshot('golden/help.txt');
  });

  test('of one command is as in the golden file', async () => {
    const { stdout } = await run(['job', 'create', '--help']);
    await expect(stdout, advice).toMatchFileSnapshot('golden/help-job-create.txt');
  });

  test('is the same by --help and by the command help, and a group lists its own commands alone', async () => {
    const [asked, helped, group] = await Promise.all([
      run(['job', 'get', '--help']),
      run(['help', 'job', 'get']),
      run(['job', '--help']),
    ]);
    expect(helped).toEqual(asked);
    expect(group.stdout).toContain('job create');
    expect(group.stdout).not.toContain('serve');
  });

  test('fits a terminal of 100 columns', async () => {
    for (const command of await load()) {
      const wide = helpOn(command)
        .split('\n')
        .filter((line) => line.length > 100 && !line.startsWith('  waybill '));
      expect(wide).toEqual([]);
    }
  });

  test('has an example of every command', async () => {
    for (const { name, examples } of await load()) {
      expect(examples.length).toBeGreaterThan(0);
      for (const [line] of examples) expect(line.startsWith(name)).toBe(true);
    }
  });
});

test('each command is listed under its own name and summary, in one topic', async () => {
  const known = (await load()).map(({ name, summary }) => [name, summary]);
  expect(known).toEqual(allCommands.map(({ name, summary }) => [name, summary]));
  const shown = topics.flatMap(({ commands }) => commands);
  expect(new Set(shown).size).toBe(shown.length);
  const covers = (word: string, name: string): boolean => name === word || name.startsWith(`${word} `);
  expect(known.filter(([name = '']) => !shown.some((word) => covers(word, name)))).toEqual([]);
  expect(shown.filter((word) => !known.some(([name = '']) => covers(word, name)))).toEqual([]);
});

describe('help on a topic', () => {
  test('lists its commands, and all lists every one', async () => {
    const { stdout } = await runHere(['help', 'workers'], {});
    expect(stdout).toMatch(/^Workers:\n {2}worker tasks +Run task handlers on this machine\n/);
    expect(stdout).not.toContain('job get');
    const all = await runHere(['help', 'all'], {});
    const lines = all.stdout.split('\n').filter((line) => line.startsWith('  '));
    const names = lines.map((line) => line.trim().split('  ')[0]);
    expect(names.toSorted()).toEqual(allCommands.map(({ name }) => name).toSorted());
  });

  test.each([
    ['shorts', 'waybill task run'], ['server', 'WAYBILL_SERVER'], ['exit-statuses', /75 .*rate_limit/],
  ])('%s is a text', async (topic, words) => {
    const { status, stdout } = await runHere(['help', topic], {});
    expect([status, stdout]).toEqual([0, expect.stringMatching(words)]);
  });
});

test('a short way in is the command that it stands for', async () => {
  const [short, long] = await Promise.all([runHere(['get', '--help'], {}), runHere(['job', 'get', '--help'], {})]);
  expect(short).toEqual(long);
  expect(long.stdout).toContain('Show a job. Short: `waybill get`.');
  expect((await runHere(['watch'], {})).stderr).toContain('ID is missing (the job)');
});

describe('a mistyped command line', () => {
  test.each([
    [['jbos'], 'there is no command "jbos": did you mean "jobs"?'],
    [['jobs', 'list'], 'there is no command "jobs list": did you mean "job list"?'],
    [['job', 'lits'], 'there is no command "job lits": did you mean "job list"?'],
    [['taks', 'list'], 'there is no command "taks": did you mean "task list"?'],
    [['task', 'submit'], 'there is no command "task submit": did you mean "task run"?'],
    [['task', 'show'], 'there is no command "task show": did you mean "task get"?'],
    [['user', 'rm'], 'there is no command "user rm": did you mean "user delete"?'],
    [['job', 'fly'], 'there is no command "job fly": one of run, create, upload,'],
    [['job'], '"job" needs one of run, create, upload,'],
    [['job', 'get'], 'ID is missing (the job): --help shows where it goes'],
    [['job', 'get', 'a', 'b'], '"b" is one word too many'],
    [['job', 'list', '--staus', 'done'], 'there is no flag --staus: did you mean --status?'],
    [['job', 'list', '--limit'], '--limit needs a value: --limit N'],
    [['job', 'list', '--limit', '--all'], '--limit needs a value: --limit N'],
    [['job', 'list', '--limit', '0'], '--limit is "0": it must be a whole number from 1 to 1000000'],
    [['job', 'list', '--phase', 'over'], '--phase is "over": it must be one of waiting, active,'],
    [['job', 'list', '--all=perhaps'], '--all must be true or false'],
    [['account', 'grant', 'mira'], '--credits is needed'],
    [['job', 'list', '--server', 'ftp://x'], 'the server is "ftp://x": it must be a URL such as'],
    [['--data', 'x', 'serve'], '--data stands before the command'],
    [['job', 'list', '-x'], 'there is no flag -x'],
  ])('%j exits with 2 and says what was meant', async (args, message) => {
    const { status, stdout, stderr } = await runHere(args, { HOME: '/nonexistent' });
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`waybill: ${message}`);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test('is reported as JSON with --json', async () => {
    const { status, stderr } = await run(['job', 'get', '--json']);
    expect(status).toBe(2);
    const message = 'ID is missing (the job): --help shows where it goes';
    expect(JSON.parse(stderr)).toEqual({ success: false, error: { code: 'usage', message } });
  });
});

test('--version prints the version alone', async () => {
  expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
