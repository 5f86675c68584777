import { defineCommand } from '../../../transports/cli/command.ts';
import { plain, table } from '../../../transports/cli/output.ts';
import type { ImageSetRoutes } from './client.ts';

export default defineCommand({
  name: 'preset list',
  summary: 'List presets',
  examples: [['preset list --json', 'with the default concepts of each preset']],
  async run(context) {
    const { output, signal } = context;
    const { presets } = await context.client<ImageSetRoutes>().listPresets({}, { signal });
    if (output.json) output.printJson({ presets });
    else
      output.print(
        table(
          ['NAME', 'WHAT IT DOES'],
          presets.map((each) => [each.name, plain(each.description)]),
        ),
      );
  },
});
