import { defineCommand } from '../../../transports/cli/command.ts';
import { plain, table } from '../../../transports/cli/output.ts';
import type { ProductImageRoutes } from './client.ts';

export default defineCommand({
  name: 'product themes',
  summary: 'List the themes of product images',
  description:
    'Lists the themes that ship, those of THEMES_FILE and those that were stored, with their backgrounds, and ' +
    'whether webhooks may ask for them. For operators.',
  examples: [['product themes', 'for people'], ['product themes --json | jq -r .themes[].name', 'for scripts']],
  async run(context) {
    const { output, signal } = context;
    const { themes } = await context.client<ProductImageRoutes>().listThemes({}, { signal });
    if (output.json) return output.printJson({ themes });
    const rows = themes.map(({ name, title, aspects, variants, backdrops, source, isTaken }) => [
      plain(name), plain(title), aspects.join(' '), String(variants), backdrops.map(({ style }) => style).join(' '),
      source, isTaken ? 'yes' : 'no',
    ]);
    output.print(table(['NAME', 'TITLE', 'ASPECTS', 'VARIANTS', 'BACKDROPS', 'SOURCE', 'TAKEN'], rows));
  },
});
