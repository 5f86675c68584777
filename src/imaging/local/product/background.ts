import { decode, type DecodeLimits } from '../files/decode.ts';
import type { Deadline } from '../deadline.ts';
import { fromRaw, type Picture } from '../raster/picture.ts';
import { asStudioFailure, unfit } from './failures.ts';

const SMALLEST_SIDE = 256;
/** Alpha below which a background does not cover what is behind it. */
const COVERS = 250;
const MOST_CLEAR = 0.01;

/** Reads a background, and refuses what is none. */
export async function readBackground(bytes: Uint8Array, limits: DecodeLimits, deadline: Deadline): Promise<Picture> {
  const { picture } = await decode(bytes, limits, deadline).catch((error: unknown) => {
    throw asStudioFailure(error, 'background');
  });
  const { width, height, data } = picture;
  if (Math.min(width, height) < SMALLEST_SIDE) {
    throw unfit(
      `The background has only ${width} x ${height} pixels: make one of at least ${SMALLEST_SIDE} pixels a side.`,
    );
  }
  let clear = 0;
  for (let at = 3; at < data.length; at += 4) if (data[at]! < COVERS) clear += 1;
  if (clear > width * height * MOST_CLEAR) {
    const share = Math.round((clear / (width * height)) * 100);
    throw unfit(`The background is transparent (${share} % of it): make one that covers the whole picture.`);
  }
  return picture;
}

/**
 * The background enlarged or reduced to cover a picture, RGB. It is moved up or down so that `from` (a share of the
 * background's height) is at `to` (a share of the picture's), as far as there is some of it.
 */
export async function covering(
  background: Picture,
  width: number,
  height: number,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<Uint8Array> {
  const scale = Math.max(width / background.width, height / background.height);
  const whole = {
    width: Math.max(width, Math.round(background.width * scale)),
    height: Math.max(height, Math.round(background.height * scale)),
  };
  const top = Math.round(from * whole.height - to * height);
  return fromRaw(background)
    .removeAlpha()
    .resize(whole.width, whole.height, { fit: 'fill', kernel: 'lanczos3' })
    .extract({
      left: Math.floor((whole.width - width) / 2),
      top: Math.min(whole.height - height, Math.max(0, top)),
      width,
      height,
    })
    .raw()
    .toBuffer();
}
