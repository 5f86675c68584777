import { argument, defineCommand } from '../../../transports/cli/command.ts';
import { fields, plain } from '../../../transports/cli/output.ts';
import { UsageProblem } from '../../../transports/cli/usage-problem.ts';
import { configFlags } from '../../config/flags.ts';
import { asCommandFailure, openShop, shopFlagNames } from './shop.ts';

export default defineCommand({
  name: 'shop product',
  summary: 'Show the product of a sku',
  description:
    'Looks up the product in the shop that has exactly this sku, and lists its images. Needs no server, and changes ' +
    'nothing.',
  usesServer: false,
  arguments: { sku: argument('SKU', 'The sku, 1 to 200 characters.') },
  flags: configFlags(shopFlagNames),
  exits: {
    1: 'No product has the sku, several have it, or the shop refused to answer.',
    69: 'The shop did not answer in time.',
  },
  examples: [
    ['shop product BLUE-SHIRT-001', 'for people'],
    ["shop product 'ITEM #2' --json | jq -r .productId", 'for scripts'],
  ],
  async run({ output, env, signal }, { args: { sku }, flags }) {
    if (sku.length > 200) throw new UsageProblem(`the sku has ${sku.length} characters: 200 is the most`);
    const product = await openShop({ flags, env }).findBySku(sku, signal).catch((error: unknown) => {
      throw asCommandFailure(error);
    });
    if (output.json) return output.printJson(product);
    const images = product.images.map(({ mediaId, filename }) => plain(filename ?? `${mediaId}, not ready`));
    output.print(fields([
      ['product', plain(product.productId)],
      ['title', plain(product.title)],
      ['sku', plain(product.sku)],
      ['images', String(images.length)],
      ...images.map((image) => ['', image] as const),
    ]));
  },
});
