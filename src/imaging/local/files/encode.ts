import { fromRaw, type Picture } from '../raster/picture.ts';

/** Longest side of a preview in pixels. */
const PREVIEW_SIDE = 400;

/** The full picture: PNG, with an alpha channel only where something is transparent. */
export async function encodeResult(picture: Picture): Promise<Uint8Array> {
  const pipeline = isOpaque(picture) ? fromRaw(picture).removeAlpha() : fromRaw(picture);
  // Level 6 saves 3 % over level 3 and takes twice as long (measured at 1 MP).
  return pipeline.png({ compressionLevel: 3, adaptiveFiltering: true }).toBuffer();
}

/** A JPEG for lists. What is transparent is shown white, as a JPEG has no alpha. */
export async function encodePreview(picture: Picture): Promise<Uint8Array> {
  return fromRaw(picture)
    .flatten({ background: { r: 255, g: 255, b: 255 } })
    .resize(PREVIEW_SIDE, PREVIEW_SIDE, { fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: 80 })
    .toBuffer();
}

function isOpaque(picture: Picture): boolean {
  for (let at = 3; at < picture.data.length; at += 4) if (picture.data[at] !== 255) return false;
  return true;
}
