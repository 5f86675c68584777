import { readFile, writeFile } from 'node:fs/promises';
import { argument, defineCommand } from '../../../transports/cli/command.ts';
import { CommandFailure } from '../../../transports/cli/failure.ts';
import { anyText, oneOf, optional, required, wholeNumber } from '../../../transports/cli/flag.ts';
import type { ProductImageRoutes } from './client.ts';

const timeoutMs = 120_000;

export default defineCommand({
  name: 'product preview',
  summary: 'Try a theme on a photo',
  description:
    'Sends a photo to the server, which cuts the product out and puts it on a background of the theme, without a job ' +
    'and at no cost. Writes the image as a JPEG. For operators.',
  arguments: { photo: argument('PHOTO', 'A JPEG, PNG, WebP or AVIF.') },
  flags: {
    theme: required('NAME', anyText, 'One of `waybill product themes`.'),
    out: optional('FILE', anyText, 'Where the image goes. Default: preview.jpg.'),
    aspect: optional('ASPECT', oneOf('1x1', '4x5', '16x9'), 'Its shape. Default: the first of the theme.'),
    variant: optional('N', wholeNumber(1, 20), "Which of the theme's backdrops. Default: 1."),
    seed: optional('SEED', wholeNumber(0, 2 ** 31 - 1), 'Another one gives another background. Default: 0.'),
  },
  exits: { 1: 'The photo cannot be read, or the quality checks refuse it.' },
  examples: [['product preview mug.jpg --theme halloween --out mug-halloween.jpg', 'in a square']],
  async run(context, { args: { photo }, flags: { theme, out = 'preview.jpg', aspect, variant, seed } }) {
    const { output, signal } = context;
    const bytes = await readFile(photo).catch((error: NodeJS.ErrnoException) => {
      throw new CommandFailure(`${photo} cannot be read: ${error.code ?? error.message}`);
    });
    const type = typeOf(bytes);
    if (type === null) throw new CommandFailure(`${photo} is no JPEG, PNG, WebP or AVIF`);
    const query = {
      ...(aspect !== undefined && { aspect }), ...(variant !== undefined && { variant }),
      ...(seed !== undefined && { seed }),
    };
    const response = await context.client<ProductImageRoutes>().previewTheme(
      { params: { theme }, query, file: { type, bytes: new Uint8Array(bytes) } }, { signal, timeoutMs },
    );
    await writeFile(out, new Uint8Array(await response.arrayBuffer())).catch((error: NodeJS.ErrnoException) => {
      throw new CommandFailure(`${out} cannot be written: ${error.code ?? error.message}`);
    });
    if (output.json) output.printJson({ file: out });
    else output.print(out);
  },
});

/** By its first bytes. */
function typeOf(bytes: Buffer): 'image/jpeg' | 'image/png' | 'image/webp' | 'image/avif' | null {
  const head = bytes.toString('latin1', 0, 12);
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (head.startsWith('\x89PNG')) return 'image/png';
  if (head.startsWith('RIFF') && head.endsWith('WEBP')) return 'image/webp';
  return /^.{4}ftyp/s.test(head) ? 'image/avif' : null;
}
