import { fromLab, type Lab } from '../raster/colour.ts';
import { placeBefore } from '../cutout/foreground.ts';
import { bilinear, plane, resized, smoothstep, soften, steps, type Plane } from '../raster/filter.ts';
import { inverted, toPlane, type Mask } from '../raster/mask.ts';
import type { Picture } from '../raster/picture.ts';
import type { Subject } from '../locate.ts';

/**
 * A photographer's backdrop: one colour, and the subject standing on it. Without a shadow where it stands a product
 * floats; so the photo's own shadow is kept where the old backdrop was plain enough to tell it, and a soft one is
 * drawn where it was not. A shadow is a factor on the backdrop's light (1 none, 0 black).
 */
const SIDE = 640;

export interface Backdrop {
  readonly colour: Lab;
  /** Lightness lost from behind the subject to the corners (0 for an even backdrop). */
  readonly falloff: number;
  /** How the subject was found: a plain backdrop shows the photo's own shadow. */
  readonly subject: Subject | undefined;
  /** People are shown down to where the frame cuts them, and stand on nothing that is seen. */
  readonly shadow: boolean;
}

/** Replaces what is under `background` by the backdrop, in place. */
export async function onBackdrop(picture: Picture, background: Mask, backdrop: Backdrop): Promise<void> {
  const subject = inverted(background);
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const alpha = resized(toPlane(subject), width, height);
  const light = backdrop.shadow ? shadowOf(alpha, backdrop.subject?.plain?.shade) : evenLight(width, height);
  const columns = steps(width, picture.width);
  const rows = steps(height, picture.height);
  const centre = centreOf(alpha);
  await placeBefore(picture, subject, (x, y, out) => {
    const left = columns.low[x]!;
    const right = columns.high[x]!;
    const along = columns.share[x]!;
    const top = rows.low[y]! * width;
    const bottom = rows.high[y]! * width;
    const down = rows.share[y]!;
    const { data } = light;
    const factor =
      bilinear(data[top + left]!, data[top + right]!, data[bottom + left]!, data[bottom + right]!, along, down);
    const distance = Math.hypot(x / picture.width - centre.x, (y / picture.height - centre.y) * 0.8);
    const lightness = (backdrop.colour[0] - backdrop.falloff * smoothstep(0.15, 0.85, distance)) * factor;
    const tint = 0.4 + 0.6 * factor;
    const level = lightness < 99.9 ? lightness + dither(x, y) : lightness;
    fromLab(level, backdrop.colour[1] * tint, backdrop.colour[2] * tint, out, 0);
  }, backdrop.subject?.edges);
}

/** Less than one 8-bit step, so that a slow gradient does not show bands. None at pure white, which stays pure. */
function dither(x: number, y: number): number {
  return ((((x * 12.9898 + y * 78.233) % 1) + 1) % 1) * 0.3 - 0.15;
}

function evenLight(width: number, height: number): Plane {
  return { width, height, data: new Float32Array(width * height).fill(1) };
}

function shadowOf(alpha: Plane, photographed: Plane | undefined): Plane {
  return photographed === undefined ? drawnShadow(alpha) : resized(photographed, alpha.width, alpha.height);
}

/** A narrow dark line where the subject touches the ground and a wide faint one around it, under its lower part. */
function drawnShadow(alpha: Plane): Plane {
  const { width, height } = alpha;
  const bounds = boundsOf(alpha);
  const out = evenLight(width, height);
  // Cut by the frame's lower edge: what it stands on is not in the picture.
  if (bounds === undefined || bounds.bottom >= height - 2) return out;
  const size = Math.max(bounds.bottom - bounds.top, (bounds.right - bounds.left) * 0.5);
  const narrow = soften(shifted(alpha, Math.round(size * 0.012)), Math.max(1, size * 0.018));
  const wide = soften(shifted(alpha, Math.round(size * 0.035)), Math.max(2, size * 0.07));
  const margin = Math.max(width, height) * 0.04;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * width + x;
      // A shadow that the frame cuts off would show as a grey line there.
      const room = smoothstep(0, margin, Math.min(x, width - 1 - x, height - 1 - y));
      const lower = smoothstep(bounds.top + size * 0.35, bounds.bottom, y) * room;
      out.data[at] = (1 - 0.3 * lower * narrow.data[at]!) * (1 - 0.26 * (0.15 * room + 0.85 * lower) * wide.data[at]!);
    }
  }
  return out;
}

function shifted(source: Plane, down: number): Plane {
  const out = plane(source.width, source.height);
  out.data.set(source.data.subarray(0, Math.max(0, source.data.length - down * source.width)), down * source.width);
  return out;
}

interface Bounds { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number }

function boundsOf(alpha: Plane): Bounds | undefined {
  let [left, top, right, bottom] = [Infinity, Infinity, -1, -1];
  for (let at = 0; at < alpha.data.length; at += 1) {
    if (alpha.data[at]! < 0.5) continue;
    const x = at % alpha.width;
    const y = Math.floor(at / alpha.width);
    [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
  }
  return right < 0 ? undefined : { left, top, right, bottom };
}

function centreOf(alpha: Plane): { x: number; y: number } {
  const bounds = boundsOf(alpha);
  if (bounds === undefined) return { x: 0.5, y: 0.5 };
  return {
    x: (bounds.left + bounds.right) / 2 / alpha.width,
    y: (bounds.top + bounds.bottom) / 2 / alpha.height,
  };
}
