import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runHere, start } from './program.ts';
import { startTestServer, type TestServer } from './server.ts';
import { runOnTerminal } from './terminal.ts';

const guide = readFileSync(fileURLToPath(new URL('../../docs/guides/apply.md', import.meta.url)), 'utf8');
const example = /```yaml\n([^]*?)```/.exec(guide)?.[1] ?? '';
const password = 'seven green boats at noon';

let server: TestServer;
let other: TestServer;
beforeAll(async () => {
  [server, other] = await Promise.all([startTestServer(), startTestServer()]);
});
afterAll(async () => {
  await Promise.all([server.close(), other.close()]);
});

const envOf = ({ url, folder }: TestServer, more: object = {}, user = 'admin') => (
  { HOME: `${folder}/home`, WAYBILL_SERVER: url, WAYBILL_TOKEN: user, ...more }
);

function fileOf(text: string, name = 'waybill.yaml'): string {
  const path = join(server.folder, name);
  writeFileSync(path, text);
  return path;
}

const apply = (text: string, flags: readonly string[] = ['--yes'], env: object = {}, at = server) =>
  runHere(['apply', '-f', fileOf(text), ...flags], envOf(at, env));

describe('the example of the guide', () => {
  test('is shown by --dry-run, which changes nothing', async () => {
    const { status, stdout } = await apply(example, ['--dry-run'], { MIRA_PASSWORD: password });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^~ plans\/free\n {4}startingCredits: 10 → 25\n/m);
    expect(stdout).toMatch(/^\+ users\/mira\n(?: {4}.*\n)* {4}plan: "pro"$/m);
    expect(stdout).toMatch(/^\+ types\/import_voters\n {4}limits\.maxRunning: 8$/m);
    expect(stdout).toMatch(/^\+ schedules\/nightly import\n {4}cron: "30 2 \* \* \*"$/m);
    expect(stdout).not.toContain(password);
    expect((await server.client('operator').listWorkTypes({})).types).toEqual([]);
  });

  test('is applied, and a second run has no changes', async () => {
    const { status, stdout, stderr } = await apply(example, ['--yes'], { MIRA_PASSWORD: password });
    expect([status, stderr]).toEqual([0, 'Made 7 changes.\n']);
    expect(stdout.match(/^[+~-] /gm)).toHaveLength(7);
    const client = server.client('admin');
    expect(await client.getWorkType({ params: { type: 'import_voters' } })).toMatchObject({
      limits: { maxRunning: 8, rate: { count: 100, windowMs: 60_000 } }, defaults: { maxAttempts: 5, timeout: 900_000 },
      searchable: ['county'], inputSchema: { required: ['file'] },
    });
    expect((await client.getWorkType({ params: { type: 'report' } })).paused).toBe(true);
    const { schedules } = await client.listSchedules({ query: { owner: 'admin' } });
    expect(schedules.map(({ name, enabled, missed }) => [name, enabled, missed])).toEqual([
      ['nightly import', true, 'once'], ['weekly report', false, 'skip'],
    ]);
    expect((await client.listPlans({})).plans[0]).toMatchObject({ limits: { startingCredits: 25, runningJobs: 2 } });
    expect((await client.showAccount({ params: { id: 'mira' } })).plan).toBe('pro');
    const login = await server.client('nobody').logIn({ body: { userId: 'mira', password } });
    expect(login.user).toMatchObject({ email: 'mira@shop.example', roles: ['user', 'operator'] });
    // Without the password, which is needed once.
    expect(await apply(example)).toEqual({ status: 0, stdout: 'No changes.\n', stderr: '' });
  });

  test('comes back from export, which makes the same on another server', async () => {
    const exported = await runHere(['export'], envOf(server));
    expect([exported.status, exported.stderr]).toEqual([0, '']);
    expect(exported.stdout).not.toContain(password);
    expect(await apply(exported.stdout)).toMatchObject({ status: 0, stdout: 'No changes.\n' });
    const refused = await apply(exported.stdout, ['--yes'], {}, other);
    expect(refused).toMatchObject({ status: 2, stdout: '' });
    expect(refused.stderr).toContain('the user mira is not there yet: set PASSWORD_MIRA to the password');
    const made = await apply(exported.stdout, ['--yes'], { PASSWORD_MIRA: password }, other);
    expect([made.status, made.stderr]).toEqual([0, 'Made 7 changes.\n']);
    expect((await runHere(['export'], envOf(other))).stdout).toBe(exported.stdout);
    const { stdout } = await runHere(['export', '--only', 'types', '--json'], envOf(other, {}, 'operator'));
    expect(Object.keys(JSON.parse(stdout) as object)).toEqual(['types']);
    expect(await apply(stdout)).toMatchObject({ stdout: 'No changes.\n' });
  });
});

test('what the file does not name stays, and what it does is changed', async () => {
  await apply('types: { kept: { limits: { maxRunning: 3 }, defaults: { maxAttempts: 7 } } }');
  const { stdout } = await apply('types:\n  kept:\n    limits: { maxRunning: 4 }\n    paused: true\n');
  expect(stdout).toBe('~ types/kept\n    limits.maxRunning: 3 → 4\n    paused: false → true\n');
  expect(await server.client('operator').getWorkType({ params: { type: 'kept' } })).toMatchObject({
    limits: { maxRunning: 4 }, defaults: { maxAttempts: 7 }, paused: true,
  });
  await apply('types: { kept: { paused: false } }');
  expect((await server.client('operator').getWorkType({ params: { type: 'kept' } })).paused).toBe(false);
});

test('a schema or a schedule is replaced as a whole, and null deletes', async () => {
  const schema = (text: string): string => `types: { whole: { inputSchema: ${text} } }`;
  await apply(schema('{ type: object, required: [a] }'));
  await apply(schema('{ type: object }'));
  const { inputSchema } = await server.client('operator').getWorkType({ params: { type: 'whole' } });
  expect(inputSchema).toEqual({ type: 'object' });
  const both = "schedules: { mine: { cron: '@daily', type: a, priority: 5 } }\nusers: { bob: { passwordEnv: P } }";
  expect((await apply(both, ['--yes'], { P: password })).stderr).toBe('Made 2 changes.\n');
  const { stdout } = await apply("schedules: { mine: { cron: '@hourly', type: a } }");
  expect(stdout).toBe('~ schedules/mine\n    cron: "@daily" → "@hourly"\n    priority: 5 → not set\n');
  expect((await apply('schedules: { mine: null, never: null }\nusers: { bob: null }')).stdout).toBe(
    '- users/bob\n- schedules/mine\n',
  );
  const { users } = await server.client('admin').listUsers({ query: {} });
  expect(users.map(({ userId }) => userId)).not.toContain('bob');
});

test('a theme is stored over the one that ships, replaced as a whole, and null brings that back', async () => {
  const backdrops = "backdrops: [{ style: sweep, wall: '#101010', floor: '#202020' }]";
  const shown = async () => (await server.client('operator').listThemes({})).themes.find(({ name }) => name === 'dark');
  const before = await shown();
  expect(before).toMatchObject({ source: 'shipped', updatedAt: null });
  const first = await apply(`themes: { dark: { title: Ours, shadow: 0.2, ${backdrops} } }`);
  expect(first.stdout).toMatch(/^~ themes\/dark\n {4}title: "Dark studio" → "Ours"\n/);
  expect(await shown()).toMatchObject({ title: 'Ours', shadow: 0.2, source: 'stored', updatedAt: expect.any(String) });
  const second = await apply(`themes: { dark: { ${backdrops} } }`);
  expect(second.stdout).toBe('~ themes/dark\n    title: "Ours" → "dark"\n    shadow: 0.2 → 0.6\n');
  expect((await apply('themes: { dark: null, christmas: null }')).stdout).toBe('- themes/dark\n');
  expect(await shown()).toEqual(before);
});

describe('--prune', () => {
  let pruned: TestServer;
  const at = (text: string, flags: readonly string[]) => apply(text, flags, { P: password }, pruned);
  const whole = `
types: { kept: { paused: true }, gone: { paused: true, limits: { maxRunning: 2 }, inputSchema: { type: object } } }
schedules: { kept: { cron: '@daily', type: a }, gone: { cron: '@daily', type: a } }
themes:
  kept: { backdrops: [{ style: sweep, wall: '#101010', floor: '#202020' }] }
  gone: { backdrops: [{ style: sweep, wall: '#101010', floor: '#202020' }] }
plans: { free: { runningJobs: 7 } }
users: { kept: { passwordEnv: P }, gone: { passwordEnv: P } }
`;
  const rest = `
types: { kept: { paused: true } }
schedules: { kept: { cron: '@daily', type: a } }
themes: { kept: { backdrops: [{ style: sweep, wall: '#101010', floor: '#202020' }] } }
plans: { pro: { ruleSlots: 21 } }
users: { kept: { passwordEnv: P } }
`;

  beforeAll(async () => {
    pruned = await startTestServer();
    expect(await at(whole, ['--yes'])).toMatchObject({ status: 0 });
  });
  afterAll(() => pruned.close());

  test('changes nothing of sections that the file does not have', async () => {
    expect(await at('types:\nplans: { free: { runningJobs: 7 } }', ['--yes', '--prune'])).toMatchObject({
      status: 0, stdout: 'No changes.\n',
    });
  });

  test('shows what it deletes and resets, and wants --yes where nobody can be asked', async () => {
    const { status, stdout, stderr } = await at(rest, ['--prune']);
    expect([status, stderr]).toEqual([2, expect.stringContaining('--yes says that it is meant')]);
    expect(stdout.split('\n').filter((line) => /^[+~-]/.test(line))).toEqual([
      '~ plans/free', '~ plans/pro', '- users/gone', '~ types/gone', '- schedules/gone', '- themes/gone',
    ]);
    expect(stdout).toContain('~ types/gone\n    limits.maxRunning: 2 → null\n    paused: true → false\n');
    expect((await at(whole, ['--dry-run'])).stdout).toBe('No changes.\n');
  });

  test('does it, keeps whoever applies the file, and has nothing to do afterwards', async () => {
    const admin = { userId: 'admin', password, roles: ['user' as const, 'admin' as const] };
    await pruned.client('admin').createUser({ body: admin });
    expect(await at(rest, ['--yes', '--prune'])).toMatchObject({ status: 0, stderr: 'Made 6 changes.\n' });
    const client = pruned.client('admin');
    expect((await client.listUsers({ query: {} })).users.map(({ userId }) => userId)).toEqual(['admin', 'kept']);
    const { schedules } = await client.listSchedules({ query: { owner: 'admin' } });
    expect(schedules.map(({ name }) => name)).toEqual(['kept']);
    const { limits, paused, inputSchema } = await client.getWorkType({ params: { type: 'gone' } });
    expect({ limits, paused, inputSchema }).toMatchObject({
      limits: { maxRunning: null }, paused: false, inputSchema: { type: 'object' },
    });
    const { themes } = await client.listThemes({});
    expect(themes.filter(({ source }) => source === 'stored').map(({ name }) => name)).toEqual(['kept']);
    expect((await client.listPlans({})).plans[0]!.limits.runningJobs).toBe(1);
    expect(await at(rest, ['--yes', '--prune'])).toMatchObject({ status: 0, stdout: 'No changes.\n' });
  });
});

test.each([
  ['a field that is none', 'types:\n  a:\n    limit: {}\n', ':3: types.a.limit is not a field; did you mean limits?'],
  ['a section that is none', 'hooks: {}\n',
    ':1: hooks is not a field; it takes types, schedules, themes, plans, users'],
  ['a field of a theme that is none', 'themes:\n  a:\n    backdrop: []\n',
    ':3: themes.a.backdrop is not a field; did you mean backdrops?'],
  ['a theme without backdrops', 'themes:\n  a:\n    title: A\n', ':2: themes.a.backdrops is required'],
  ['a nested field that is none', 'types:\n  a:\n    limits:\n\n      maxRuning: 1\n',
    ':5: types.a.limits.maxRuning is not a field; did you mean maxRunning?'],
  ['a wrong value', 'plans:\n  free:\n    runningJobs: many\n', ':3: plans.free.runningJobs must be'],
  ['a value that is missing', 'schedules:\n  a:\n    type: b\n', ':2: schedules.a.cron is required'],
  ['a field of a schedule that is none', "schedules:\n  a:\n    cron: '@daily'\n    type: b\n    dta: 1\n",
    ':5: schedules.a.dta is not a field; did you mean data?'],
  ['a password', 'users:\n  bob: { password: x }\n', ':2: users.bob.password is not a field'],
  ['a plan that is none', 'plans:\n  gold: { runningJobs: 1 }\n', ':2: plans.gold is no name for one of plans'],
  ['a type that is to be deleted', 'types:\n  a: null\n', ':2: types.a cannot be null'],
  ['a key twice', 'types:\n  a: {}\n  a: {}\n', ':3: Map keys must be unique'],
  ['no YAML', 'types: [\n', ':2: '],
  ['no object', '- a\n', ':1: it must be an object with some of types'],
])('a file with %s is refused with its line, and changes nothing', async (_, text, problem) => {
  const { status, stdout, stderr } = await apply(text);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain(`waybill.yaml${problem}`);
});

test('every mistake of a file is told at once', async () => {
  const { stderr } = await apply('types:\n  a: { limit: 1 }\n  b: { paused: perhaps }\n');
  expect(stderr.trim().split('\n')).toHaveLength(2);
});

test('a file is read from standard input, and one that is not there is said to be so', async () => {
  const { status, stdout } = await start(['apply', '-f', '-', '--dry-run', '--json'], {
    env: envOf(server), input: '{"types": {"piped": {"paused": true}}}',
  }).ended;
  expect([status, JSON.parse(stdout)]).toEqual([0, {
    changes: [
      { action: 'create', section: 'types', name: 'piped', fields: [{ path: 'paused', from: false, to: true }] },
    ],
    dryRun: true,
  }]);
  const missing = await runHere(['apply', '-f', '/nowhere.yaml'], envOf(server));
  expect([missing.status, missing.stderr]).toEqual([66, expect.stringContaining('/nowhere.yaml cannot be read')]);
});

test('an operator applies types, and is refused plans', async () => {
  const env = envOf(server, {}, 'operator');
  const types = await runHere(['apply', '--yes', '-f', fileOf('types: { mine: { paused: true } }')], env);
  expect(types.status).toBe(0);
  const plans = await runHere(['apply', '--yes', '-f', fileOf('plans: { pro: { ruleSlots: 7 } }')], env);
  const problem = '0 of 1 changes are made; plans/pro is not';
  expect(plans).toMatchObject({ status: 77, stderr: expect.stringContaining(problem) });
});

test.each([['y\n', 0, true], ['n\n', 1, false]])('it asks on a terminal, and takes %j for an answer', async (
  answer, exit, paused,
) => {
  const type = `asked-${exit}`;
  const { status, screen } = await runOnTerminal(['apply', '-f', fileOf(`types: { ${type}: { paused: true } }`)], {
    env: envOf(server), question: /Make 1 change\? \[y\/N\]/, answer,
  });
  expect([status, screen.includes(`+ types/${type}`)]).toEqual([exit, true]);
  expect((await server.client('operator').getWorkType({ params: { type } })).paused).toBe(paused);
});

test('it wants to be told --yes where nobody can be asked', async () => {
  const { status, stderr } = await apply('types: { unasked: { paused: true } }', []);
  expect([status, stderr]).toEqual([2, expect.stringContaining('--yes says that it is meant')]);
  expect((await server.client('operator').getWorkType({ params: { type: 'unasked' } })).paused).toBe(false);
});
