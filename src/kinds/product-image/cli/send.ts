import { createHmac } from 'node:crypto';
import { defineCommand } from '../../../transports/cli/command.ts';
import { CommandFailure } from '../../../transports/cli/failure.ts';
import { anyText, optional, required } from '../../../transports/cli/flag.ts';
import { plain } from '../../../transports/cli/output.ts';

const timeoutMs = 30_000;

interface Received {
  readonly data?: { readonly jobId: string; readonly status: string };
  readonly error?: { readonly message: string };
}

export default defineCommand({
  name: 'webhook send',
  summary: 'Announce a product image as the supplier would',
  description:
    'Sends the webhook of product images to the server, signed with the first secret of WEBHOOK_SECRET, or unsigned ' +
    'where that is not set: to try out a server, or to announce an image by hand. The same one again changes nothing.',
  flags: {
    sku: required('SKU', anyText, 'The product.'),
    imageUrl: required('URL', anyText, 'Where the photo is.'),
    sha256: required('HEX', anyText, 'SHA-256 of the photo.'),
    theme: optional('THEME', anyText, "Default: the server's."),
  },
  examples: [
    ['webhook send --sku BLUE-SHIRT-001 --image-url https://example.com/a.jpg --sha256 "$SHA"', 'announce a photo'],
  ],
  async run({ output, env, server, signal }, { flags: { sku, imageUrl, sha256, theme } }) {
    const secret = env['WEBHOOK_SECRET']?.split(',').map((one) => one.trim()).find((one) => one !== '');
    const image = { sku, imageUrl, sha256, ...(theme !== undefined && { theme }) };
    const data = await sendImage(server, image, secret, signal);
    const what = data.status === 'created' ? 'is created' : 'has this image already';
    if (output.json) output.printJson(data);
    else output.print(`Job ${plain(data.jobId)} ${what}.`);
  },
});

/** Sends the webhook, signed if there is a secret. */
export async function sendImage(
  server: string,
  image: Readonly<Record<string, string>>,
  secret: string | undefined,
  signal: AbortSignal,
): Promise<NonNullable<Received['data']>> {
  const body = JSON.stringify(image);
  const signed = secret === undefined ? {} : { 'x-signature': signatureOf(body, secret) };
  const response = await fetch(`${server}/api/webhooks/3jms/images`, {
    method: 'POST', body, redirect: 'error', signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    headers: { 'content-type': 'application/json', ...signed },
  }).catch((error: unknown) => {
    throw new CommandFailure(`the server at ${server} cannot be reached: ${(error as Error).message}`);
  });
  const { data, error } = (await response.json().catch(() => ({}))) as Received;
  if (data === undefined) throw new CommandFailure(error?.message ?? `the server answered ${response.status}`);
  return data;
}

function signatureOf(body: string, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}
