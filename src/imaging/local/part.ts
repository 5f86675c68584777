import type { Wish } from './concept.ts';
import { partOf, type Locator, type Subject } from './locate.ts';
import { boxMask, fullMask, inverted, type Mask } from './raster/mask.ts';
import type { Picture } from './raster/picture.ts';
import { noMask } from './rejection.ts';
import { planeNames, roomPartOf, type PlaneName } from './rooms/names.ts';

/** The pixels of what a wish names. */
export interface Found {
  readonly mask: Mask;
  readonly method: string;
  /** A thing keeps the parts that are not of its own colour; a surface and a whole scene are changed all over. */
  readonly sort: 'thing' | 'surface' | 'background' | 'whole' | 'box';
  /** Set for the background. */
  readonly subject?: Subject;
  /** Which surface of a room it is. */
  readonly plane?: PlaneName | 'any';
}

/** Whether a name may be found without a box: parts of rooms that are told by their place or by the detector. */
export function isLocatable(name: string): boolean {
  const part = roomPartOf(name);
  return part !== undefined && (part.sort === 'plane' || part.kinds.length > 0);
}

/** Throws `no_mask` when the picture shows no such thing, or not clearly enough to change it and nothing else. */
export async function foundPart(wish: Wish, locator: Locator, picture: Picture): Promise<Found> {
  const { name, box } = wish;
  const { width, height } = picture;
  // What is erased is the box as drawn: its rim is where the new colours come from.
  if (box !== undefined && wish.change.action === 'remove') {
    return { mask: fullMask(width, height), method: 'box', sort: 'box' };
  }
  const part = partOf(name);
  if (box !== undefined || part === undefined) return roomPart(wish, locator, picture);
  if (part === 'whole') {
    return { mask: fullMask(width, height), method: 'whole-picture-minus-protected', sort: 'whole' };
  }
  if (part === 'person' || part === 'face') {
    const found = await locator.certain(part);
    if (found !== undefined) return { ...found, sort: 'thing' };
    throw noMask(`No ${part} was found in the picture: name another part, or draw a box around the ${part}.`);
  }
  const subject = await locator.subject();
  if (subject === undefined) {
    throw noMask(`Nothing stands out in the picture as its subject: draw a box around what "${name}" means.`);
  }
  if (part === 'subject') return { mask: subject.mask, method: subject.method, sort: 'thing' };
  return { mask: inverted(subject.mask), method: subject.method, sort: 'background', subject };
}

/** What the name says, in the box if there is one. */
async function roomPart(wish: Wish, locator: Locator, picture: Picture): Promise<Found> {
  const { name } = wish;
  const part = roomPartOf(name);
  if (part?.sort === 'plane') {
    const surface = await locator.room.plane(name, part.plane, wish.box);
    return { ...surface, sort: 'surface', plane: part.plane };
  }
  const box = wish.box ?? (await locator.room.thing(part?.kinds ?? []));
  if (box === undefined) {
    throw noMask(
      `"${name}" is not seen clearly enough in the picture: draw a box around it, or name ${planeNames.join(', ')}.`,
    );
  }
  const thing = await locator.inBox(box);
  if (thing !== undefined) return { ...thing, sort: 'thing' };
  if (part !== undefined) {
    throw noMask(`"${name}" cannot be told from what is around it in the box: draw the box close around all of it.`);
  }
  // A name of no known meaning: a mood lights the corner that was drawn, paint needs a surface.
  if (wish.change.action === 'tone') {
    return { mask: boxMask(box, picture.width, picture.height), method: 'box', sort: 'box' };
  }
  return { ...(await locator.room.plane(name, 'any', box)), sort: 'surface', plane: 'any' };
}
