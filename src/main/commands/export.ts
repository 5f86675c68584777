import { defineCommand } from '../../transports/cli/command.ts';
import { commaList, oneOf, optional } from '../../transports/cli/flag.ts';
import type { Access } from '../apply/changes.ts';
import type { Section } from '../apply/file.ts';
import type { Routes } from '../routes.ts';

const all: readonly Section[] = ['types', 'schedules', 'themes', 'plans', 'users'];

export default defineCommand({
  name: 'export',
  summary: 'Print what a server has as a file for `waybill apply`',
  description:
    'Task types with their settings, your own schedules, stored themes, plans that were changed, and users. ' +
    'Passwords are not in it: for each user it names the environment variable that `waybill apply` takes one from. ' +
    'For administrators; operators can leave out the users.',
  flags: {
    only: optional('SECTION,...', commaList(oneOf(...all)), `Only these sections, of ${all.join(', ')}.`),
  },
  examples: [
    ['export > waybill.yaml', 'everything'],
    ['export --only types,schedules --json | jq .types', 'as JSON'],
  ],
  async run(context, { flags: { only = all } }) {
    const { output, env, signal } = context;
    const access: Access = { client: context.client<Routes>() as Access['client'], signal, env, prune: false };
    const [
      { exportTypes }, { exportSchedules }, { exportThemes }, { exportPlans }, { exportUsers },
    ] = await Promise.all([
      import('../apply/types.ts'), import('../apply/schedules.ts'), import('../apply/themes.ts'),
      import('../apply/plans.ts'), import('../apply/users.ts'),
    ]);
    const read = {
      types: exportTypes, schedules: exportSchedules, themes: exportThemes, plans: exportPlans, users: exportUsers,
    };
    const file: Record<string, unknown> = {};
    for (const section of all.filter((each) => only.includes(each))) {
      const have = await read[section](access);
      if (have !== undefined) file[section] = have;
    }
    if (output.json) return output.printJson(file);
    const { stringify } = await import('yaml');
    output.print(stringify(file, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd());
  },
});
