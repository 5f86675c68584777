import sharp, { type Sharp } from 'sharp';
import type { Aspect, Placement } from '../../../domain/scene.ts';
import type { Composite } from '../../../ports/studio.ts';
import type { Deadline } from '../deadline.ts';
import { bilinear, resized, steps, type Plane } from '../raster/filter.ts';
import { fromRaw, type Bounds, type Picture } from '../raster/picture.ts';
import { covering } from './background.ts';
import { boundsOf, cutSides, type Side } from './bounds.ts';
import { unfit } from './failures.ts';
import { placeFor, type Place } from './layout.ts';
import { shadeOf } from './shadow.ts';
import { stanceOf, type Stance } from './stance.ts';

/** In pixels. */
const sizes: Readonly<Record<Aspect, { readonly width: number; readonly height: number }>> = {
  '1x1': { width: 2048, height: 2048 },
  '4x5': { width: 1638, height: 2048 },
  '16x9': { width: 2048, height: 1152 },
};
const THUMB_SIDE = 400;
const QUALITY = { master: 92, thumb: 88 };
/** Cells of the shadow on the longer side of a picture: it is soft. */
const SHADOW_SIDE = 560;
/** Cells of a product's outline on its longer side. */
const OUTLINE_SIDE = 320;
/** Down the backgrounds that are made here, where a product's foot stands. */
const FOOT = 0.82;

export interface Scene {
  readonly cutOut: Picture;
  readonly background: Picture;
  readonly placement: Placement;
}

/** A product with what is known of it whatever the picture. */
interface Product {
  readonly picture: Picture;
  readonly box: Bounds;
  readonly cut: ReadonlySet<Side>;
  readonly stance: Stance;
}

export async function composeAll(
  { cutOut, background, placement }: Scene,
  aspects: readonly Aspect[],
  deadline: Deadline,
): Promise<readonly Composite[]> {
  const product = await productOf(cutOut);
  const made: Composite[] = [];
  for (const aspect of aspects) {
    deadline.check();
    made.push(await composite(product, background, placement, aspect));
  }
  return made;
}

async function productOf(picture: Picture): Promise<Product> {
  const { width, height, data } = picture;
  const alphaAt = (at: number): number => data[at * 4 + 3]!;
  const box = boundsOf(width, height, alphaAt);
  if (box === null) throw unfit('The cut-out is wholly transparent: cut the product out again.');
  const scale = Math.min(1, OUTLINE_SIDE / Math.max(box.right - box.left, box.bottom - box.top));
  const outline = await alphaOf(picture, box, {
    left: 0, top: 0,
    width: Math.max(1, Math.round((box.right - box.left) * scale)),
    height: Math.max(1, Math.round((box.bottom - box.top) * scale)),
  });
  const cut = cutSides(width, height, alphaAt, box);
  // What hangs into the picture stands on nothing.
  return { picture, box, cut, stance: cut.has('top') ? 'lying' : stanceOf(outline) };
}

async function composite(
  product: Product,
  background: Picture,
  placement: Placement,
  aspect: Aspect,
): Promise<Composite> {
  const { width, height } = sizes[aspect];
  const { box, cut, stance } = product;
  const size = { width: box.right - box.left, height: box.bottom - box.top };
  const place = placeFor(size, { width, height }, placement.margins, stance, cut);
  const layer = await layerOf(product.picture, box, place);
  const isStanding = stance === 'standing' && !cut.has('bottom');
  const foot = (place.top + place.height) / height;
  const aim = isStanding ? { from: FOOT, to: foot } : { from: 0.5, to: 0.5 };
  const canvas = await covering(background, width, height, aim);
  // Whatever goes on below the picture throws no shadow into it.
  if (placement.shadow > 0 && !cut.has('bottom')) {
    darken(canvas, width, height, shadeFor(layer, place, width, height, stance, placement));
  }
  lay(canvas, width, layer, place);
  const whole = () => sharp(canvas, { raw: { width, height, channels: 3 } });
  const [master, thumb] = await Promise.all([
    jpeg(whole(), QUALITY.master),
    jpeg(whole().resize(THUMB_SIDE, THUMB_SIDE, { fit: 'inside', kernel: 'lanczos3' }), QUALITY.thumb),
  ]);
  return { aspect, master, thumb, width, height };
}

/** Without subsampling the edge between a red product and a white background stays sharp. */
function jpeg(picture: Sharp, quality: number): Promise<Buffer> {
  return picture.withIccProfile('srgb').jpeg({ quality, chromaSubsampling: '4:4:4' }).toBuffer();
}

/** The product in the size that it has in the picture: RGBA. */
async function layerOf(
  picture: Picture,
  { left, top, right, bottom }: Bounds,
  { width, height }: Place,
): Promise<Uint8Array> {
  return fromRaw(picture)
    .extract({ left, top, width: right - left, height: bottom - top })
    .resize(width, height, { fit: 'fill', kernel: 'lanczos3' })
    .raw()
    .toBuffer();
}

async function alphaOf(picture: Picture, box: Bounds, place: Place): Promise<Plane> {
  return planeOf(await layerOf(picture, box, place), place.width, place.height);
}

function planeOf(rgba: Uint8Array, width: number, height: number): Plane {
  const data = new Float32Array(width * height);
  for (let at = 0; at < data.length; at += 1) data[at] = rgba[at * 4 + 3]! / 255;
  return { width, height, data };
}

function shadeFor(
  layer: Uint8Array,
  place: Place,
  width: number,
  height: number,
  stance: Stance,
  { light, shadow }: Placement,
): Plane {
  const scale = SHADOW_SIDE / Math.max(width, height);
  const alpha: Plane = {
    width: Math.round(width * scale), height: Math.round(height * scale),
    data: new Float32Array(Math.round(width * scale) * Math.round(height * scale)),
  };
  const box = {
    left: Math.max(0, Math.round(place.left * scale)), top: Math.max(0, Math.round(place.top * scale)),
    right: Math.min(alpha.width, Math.round((place.left + place.width) * scale)),
    bottom: Math.min(alpha.height, Math.round((place.top + place.height) * scale)),
  };
  const [across, down] = [Math.max(1, box.right - box.left), Math.max(1, box.bottom - box.top)];
  const small = resized(planeOf(layer, place.width, place.height), across, down);
  for (let y = 0; y < down; y += 1) {
    alpha.data.set(small.data.subarray(y * across, (y + 1) * across), (box.top + y) * alpha.width + box.left);
  }
  return shadeOf({ alpha, box, stance, light, strength: shadow });
}

/** Less of a shadow changes no 8-bit step. */
const LEAST_SHADE = 0.002;

/** In place. */
function darken(canvas: Uint8Array, width: number, height: number, shade: Plane): void {
  const dark = boundsOf(shade.width, shade.height, (at) => 1 - shade.data[at]!, LEAST_SHADE);
  if (dark === null) return;
  const columns = steps(shade.width, width);
  const rows = steps(shade.height, height);
  const [across, along] = [width / shade.width, height / shade.height];
  const [first, last] = [Math.max(0, Math.floor((dark.left - 1) * across)), Math.ceil((dark.right + 1) * across)];
  const end = Math.min(height, Math.ceil((dark.bottom + 1) * along));
  for (let y = Math.max(0, Math.floor((dark.top - 1) * along)); y < end; y += 1) {
    const top = rows.low[y]! * shade.width;
    const bottom = rows.high[y]! * shade.width;
    const down = rows.share[y]!;
    for (let x = first; x < Math.min(width, last); x += 1) {
      const left = columns.low[x]!;
      const right = columns.high[x]!;
      const aside = columns.share[x]!;
      const { data } = shade;
      const factor =
        bilinear(data[top + left]!, data[top + right]!, data[bottom + left]!, data[bottom + right]!, aside, down);
      if (factor > 1 - LEAST_SHADE) continue;
      const at = (y * width + x) * 3;
      for (let channel = at; channel < at + 3; channel += 1) canvas[channel] = Math.round(canvas[channel]! * factor);
    }
  }
}

/** In place: where the product is opaque, its own bytes. */
function lay(canvas: Uint8Array, width: number, layer: Uint8Array, place: Place): void {
  for (let y = 0; y < place.height; y += 1) {
    for (let x = 0; x < place.width; x += 1) {
      const from = (y * place.width + x) * 4;
      const alpha = layer[from + 3]! / 255;
      if (alpha === 0) continue;
      const to = ((place.top + y) * width + place.left + x) * 3;
      for (let channel = 0; channel < 3; channel += 1) {
        canvas[to + channel] = Math.round(layer[from + channel]! * alpha + canvas[to + channel]! * (1 - alpha));
      }
    }
  }
}
