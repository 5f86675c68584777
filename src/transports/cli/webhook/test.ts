import { setTimeout } from 'node:timers/promises';
import { argument, defineCommand } from '../command.ts';
import { exits } from '../failure.ts';
import { plain } from '../output.ts';

const everyMs = 250;

export default defineCommand({
  name: 'webhook test',
  summary: 'Send a test to an endpoint of webhooks',
  description:
    'The server calls the URL once, with `webhook.test` signed by your secret, and the answer is shown. Nothing else ' +
    'happens.',
  arguments: { url: argument('URL', 'Where the webhooks of your jobs go.') },
  flags: {},
  exits: { 1: 'The endpoint did not answer with 2xx.' },
  examples: [['webhook test https://shop.example/hooks/waybill', 'see what the endpoint answers']],
  async run(context, { args: { url } }) {
    const { output, signal } = context;
    const client = context.client();
    const { deliveryId: id } = await client.testWebhook({ body: { url } }, { signal });
    for (;;) {
      const { delivery, attempts } = await client.getWebhookDelivery({ params: { id } }, { signal });
      const last = attempts.at(-1);
      if (delivery.state === 'pending' || last === undefined) {
        await setTimeout(everyMs, undefined, { signal });
        continue;
      }
      if (output.json) output.printJson({ delivery, attempt: last });
      else {
        output.print(`${last.status ?? 'no answer'} in ${last.durationMs} ms: ${plain(last.error ?? 'delivered')}`);
        if (last.body) output.print(plain(last.body));
      }
      return delivery.state === 'delivered' ? exits.ok : exits.failed;
    }
  },
});
