import { defineCommand } from '../../../transports/cli/command.ts';
import { exits } from '../../../transports/cli/failure.ts';
import { plain } from '../../../transports/cli/output.ts';
import { configFlags } from '../../config/flags.ts';
import { openShop, shopFlagNames } from './shop.ts';

export default defineCommand({
  name: 'shop test',
  summary: 'Test the access to the shop',
  description:
    'Asks the Shopify shop of SHOPIFY_STORE_DOMAIN for its name and for what the app may do there. Needs no server, ' +
    'and changes nothing.',
  usesServer: false,
  flags: configFlags(shopFlagNames),
  exits: { 1: 'The shop cannot be used; the message says why.' },
  examples: [['shop test', 'after SHOPIFY_STORE_DOMAIN and SHOPIFY_ADMIN_TOKEN are set']],
  async run({ output, env, signal }, { flags }) {
    const health = await openShop({ flags, env }).test(signal);
    if (output.json) output.printJson(health);
    else output.print(`${health.healthy ? 'good' : 'not usable'}: ${plain(health.message)}`);
    return health.healthy ? exits.ok : exits.failed;
  },
});
