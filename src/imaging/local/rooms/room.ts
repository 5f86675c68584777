import type { Deadline } from '../deadline.ts';
import type { Models } from '../models/models.ts';
import { detect, type Detection } from '../people/detection.ts';
import type { Located } from '../people/people.ts';
import { labPlanes } from '../raster/lab-planes.ts';
import { shrunk, type Box, type Picture } from '../raster/picture.ts';
import { without } from '../raster/mask.ts';
import { linesOf } from './lines.ts';
import { FURNITURE, type PlaneName } from './names.ts';
import { planeMask } from './plane.ts';
import { perspectiveOf, type Perspective } from './vanishing.ts';

/** What of a room was found: its pixels and how. */
export interface RoomLocator {
  /** A wall, floor or ceiling (or whatever surface a box shows). Throws `no_mask` where there is no sound one. */
  plane(name: string, plane: PlaneName | 'any', box: Box | undefined): Promise<Located>;
  /** The box of the clearest thing of these kinds; undefined when none is seen clearly. */
  thing(kinds: readonly number[]): Promise<Box | undefined>;
  perspective(): Promise<Perspective>;
}

/** Scores: seen clearly enough to paint, and clearly enough not to be painted over. */
const CERTAIN = 0.5;
const POSSIBLE = 0.4;
/** Longest side at which lines are looked for. */
const SIDE = 480;
/** Chairs, benches and tables: below their upper part the floor shows between legs. */
const LEGGED: ReadonlySet<number> = new Set([13, 56, 60]);

/** `people` gives the pixels of everybody in the picture, undefined when there is nobody. */
export function createRoomLocator(
  models: Models,
  picture: Picture,
  deadline: Deadline,
  people: () => Promise<Located | undefined>,
): RoomLocator {
  let things: Promise<Detection[]> | undefined;
  let perspective: Promise<Perspective> | undefined;
  const seen = (): Promise<Detection[]> => {
    deadline.check();
    return (things ??= detect(models, picture, FURNITURE));
  };
  const view = (): Promise<Perspective> => (perspective ??= viewOf(picture));
  return {
    async plane(name, plane, box) {
      const standing = (await seen()).filter((one) => one.score >= POSSIBLE && !isSetting(one.box)).map(solidPart);
      const persons = (await people())?.mask;
      const { horizon } = await view();
      deadline.check();
      const mask = await planeMask(picture, { name, plane, box, things: standing, people: persons, horizon });
      const free = persons === undefined ? mask : without(mask, persons);
      return { mask: free, method: box === undefined ? 'surface' : 'surface in box' };
    },
    async thing(kinds) {
      return (await seen()).find((one) => kinds.includes(one.kind) && one.score >= CERTAIN)?.box;
    },
    perspective: view,
  };
}

async function viewOf(picture: Picture): Promise<Perspective> {
  const small = await shrunk(picture, SIDE);
  return perspectiveOf(linesOf(labPlanes(small).lightness), small.width, small.height);
}

/** A detection that holds nearly all of the picture is the room, not a thing in it. */
const isSetting = (box: Box): boolean => box.width * box.height > 0.7;

function solidPart({ box, kind }: Detection): Box {
  return LEGGED.has(kind) ? { ...box, height: box.height * 0.5 } : box;
}
