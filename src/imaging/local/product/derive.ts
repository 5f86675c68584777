import type { DerivativeFormat } from '../../../domain/scene.ts';
import type { Derivative, DeriveOrder } from '../../../ports/studio.ts';
import type { Deadline } from '../deadline.ts';
import { decode, type DecodeLimits } from '../files/decode.ts';
import { fromRaw, type Picture } from '../raster/picture.ts';
import { asStudioFailure } from './failures.ts';

const WHITE = { r: 255, g: 255, b: 255 };

/** Of lossy formats at which a difference from the master is not seen at arm's length. */
const QUALITY = { jpeg: 88, webp: 85, avif: 62 };
/** AVIF's own scale, 0 to 9: at 4 a file is 4 % smaller and takes twice as long. */
const AVIF_EFFORT = 3;

export async function deriveAll(
  { picture: bytes, wanted }: DeriveOrder,
  limits: DecodeLimits,
  deadline: Deadline,
): Promise<readonly Derivative[]> {
  const { picture } = await decode(bytes, limits, deadline).catch((error: unknown) => {
    throw asStudioFailure(error, 'picture');
  });
  const made: Derivative[] = [];
  for (const { width, format } of wanted) {
    deadline.check();
    made.push(await derivative(picture, width, format));
  }
  return made;
}

async function derivative(picture: Picture, width: number, format: DerivativeFormat): Promise<Derivative> {
  const smaller = fromRaw(picture)
    .resize(width, null, { kernel: 'lanczos3', withoutEnlargement: true })
    .withIccProfile('srgb');
  const { data, info } = await encodedAs(smaller, format).toBuffer({ resolveWithObject: true });
  return { bytes: data, format, width: info.width, height: info.height };
}

function encodedAs(picture: ReturnType<typeof fromRaw>, format: DerivativeFormat): ReturnType<typeof fromRaw> {
  switch (format) {
    case 'jpeg':
      return picture.flatten({ background: WHITE }).jpeg({ quality: QUALITY.jpeg, chromaSubsampling: '4:4:4' });
    case 'png':
      return picture.png({ compressionLevel: 6, adaptiveFiltering: true });
    case 'webp':
      return picture.webp({ quality: QUALITY.webp, alphaQuality: 100, smartSubsample: true });
    case 'avif':
      return picture.avif({ quality: QUALITY.avif, effort: AVIF_EFFORT, chromaSubsampling: '4:4:4' });
  }
}
