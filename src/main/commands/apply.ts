import { readFileSync } from 'node:fs';
import { defineCommand } from '../../transports/cli/command.ts';
import { counted } from '../../transports/cli/counted.ts';
import { CommandFailure, exits } from '../../transports/cli/failure.ts';
import { anyText, required, toggle } from '../../transports/cli/flag.ts';
import type { Output } from '../../transports/cli/output.ts';
import { plain } from '../../transports/cli/output.ts';
import { confirm, yesFlag } from '../../transports/cli/terminal/confirm.ts';
import { UsageProblem } from '../../transports/cli/usage-problem.ts';
import type { Access, Change, FieldChange } from '../apply/changes.ts';
import type { ApplyFile } from '../apply/file.ts';
import type { Routes } from '../routes.ts';

const signs = { create: '+', update: '~', delete: '-' } as const;
const colours = { create: 'green', update: 'yellow', delete: 'red' } as const;

export default defineCommand({
  name: 'apply',
  summary: 'Make task types, schedules, themes, plans and users as a file says',
  description:
    'Shows what it will change, asks on a terminal or wants --yes, and changes it. A second run changes nothing. ' +
    'What the file does not name stays as it is, unless --prune is given; `NAME: null` deletes a schedule, a theme ' +
    'or a user. For operators, and for administrators where the file has plans or users. See docs/guides/apply.md.',
  flags: {
    file: required('FILE', anyText, 'YAML or JSON; - reads standard input. Short: -f.'),
    dryRun: toggle('Show what would change, and change nothing.'),
    prune: toggle(
      'Of each section that the file has, delete the schedules, themes and users that it does not name, and reset ' +
        'the types and plans.',
    ),
    ...yesFlag,
  },
  shorts: { '-f': 'file' },
  exits: { 1: 'The answer was no, or something could not be changed: what came before it is.' },
  examples: [
    ['apply --file waybill.yaml --dry-run', 'what would change'],
    ['apply -f waybill.yaml --yes', 'in a deployment'],
    ['apply -f waybill.yaml --prune --dry-run', 'what a server has beyond the file'],
  ],
  async run(context, { flags: { file, dryRun, prune, yes } }) {
    const { output, env, signal } = context;
    const wanted = await readWanted(file);
    const client = context.client<Routes>() as Access['client'];
    const changes = await changesOf({ client, signal, env, prune }, wanted);
    if (output.json) output.printJson({ changes: changes.map(({ apply: _, ...change }) => change), dryRun });
    else if (changes.length === 0) output.print('No changes.');
    else output.print(changes.map((each) => changeText(output, each)).join('\n'));
    if (changes.length === 0 || dryRun) return exits.ok;
    if (!(await confirm(context, `Make ${counted(changes.length, 'change', 'changes')}?`, yes))) {
      output.note('Nothing was changed.');
      return exits.failed;
    }
    for (const [index, change] of changes.entries()) {
      await change.apply().catch((error: unknown) => {
        output.note(`${index} of ${changes.length} changes are made; ${change.section}/${change.name} is not:`);
        throw error;
      });
    }
    output.note(`Made ${counted(changes.length, 'change', 'changes')}.`);
    return exits.ok;
  },
});

async function readWanted(file: string): Promise<ApplyFile> {
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new CommandFailure(`${file} cannot be read: ${(error as Error).message}`, exits.noInput);
  }
  const { readApplyFile } = await import('../apply/read.ts');
  const read = readApplyFile(file === '-' ? 'standard input' : file, text);
  if (read.ok) return read.file;
  throw new UsageProblem(read.problems.map(plain).join('\n  '));
}

async function changesOf(access: Access, wanted: ApplyFile): Promise<readonly Change[]> {
  const [{ planChanges }, { userChanges }, { typeChanges }, { scheduleChanges }, { themeChanges }] = await Promise.all([
    import('../apply/plans.ts'), import('../apply/users.ts'), import('../apply/types.ts'),
    import('../apply/schedules.ts'), import('../apply/themes.ts'),
  ]);
  return [
    ...(wanted.plans === undefined ? [] : await planChanges(access, wanted.plans)),
    ...(wanted.users === undefined ? [] : await userChanges(access, wanted.users)),
    ...(wanted.types === undefined ? [] : await typeChanges(access, wanted.types)),
    ...(wanted.schedules === undefined ? [] : await scheduleChanges(access, wanted.schedules)),
    ...(wanted.themes === undefined ? [] : await themeChanges(access, wanted.themes)),
  ];
}

function changeText({ resultStyle }: Output, { action, section, name, fields }: Change): string {
  const head = resultStyle(colours[action], `${signs[action]} ${section}/${plain(name)}`);
  return [head, ...fields.map((field) => `    ${fieldText(action, field)}`)].join('\n');
}

function fieldText(action: Change['action'], { path, from, to }: FieldChange): string {
  const text = (value: unknown): string => (value === undefined ? 'not set' : plain(JSON.stringify(value)));
  return action === 'create' ? `${plain(path)}: ${text(to)}` : `${plain(path)}: ${text(from)} → ${text(to)}`;
}
