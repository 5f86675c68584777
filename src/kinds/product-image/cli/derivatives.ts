import { defineCommand, jobArgument } from '../../../transports/cli/command.ts';
import { commaList, oneOf, optional, required, wholeNumber } from '../../../transports/cli/flag.ts';
import { plain, table } from '../../../transports/cli/output.ts';
import type { ProductImageRoutes } from './client.ts';

const timeoutMs = 600_000;

export default defineCommand({
  name: 'product derivatives',
  summary: 'Make smaller pictures of a product image',
  description:
    'Makes pictures of the composites of a job, or of its cut-out, in each width and format, unless they are there ' +
    'already. A manifest beside them lists all that the job has. For operators.',
  arguments: { id: jobArgument },
  flags: {
    widths: required('WIDTHS', commaList(wholeNumber(100, 2_048)), 'In pixels: 400,800,1600.'),
    formats: required('FORMATS', commaList(oneOf('jpeg', 'png', 'webp', 'avif')), 'Of jpeg, png, webp and avif.'),
    of: optional('WHAT', commaList(oneOf('composites', 'cutout')), 'composites or cutout. Default: composites.'),
  },
  examples: [['product derivatives "$JOB_ID" --widths 400,800,1600 --formats webp,jpeg', 'for a web page']],
  async run(context, { args: { id }, flags: { widths, formats, of } }) {
    const { output, signal } = context;
    const body = { widths, formats, ...(of !== undefined && { of }) };
    const client = context.client<ProductImageRoutes>();
    const answer = await client.makeDerivatives({ params: { id }, body }, { signal, timeoutMs });
    if (output.json) return output.printJson(answer);
    const rows = answer.derivatives.map(({ key, width, height, bytes }) => [
      plain(key), `${width} x ${height}`, String(bytes),
    ]);
    output.print(table(['KEY', 'PIXELS', 'BYTES'], rows));
    output.note(`Made ${answer.made}; the manifest is ${plain(answer.manifestKey)}.`);
  },
});
