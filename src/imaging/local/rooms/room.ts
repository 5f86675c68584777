import type { Deadline } from '../deadline.ts';
import type { Models } from '../models/models.ts';
import { detect, type Detection } from '../people/detection.ts';
import type { Located } from '../people/people.ts';
import { labPlanes } from '../raster/lab-planes.ts';
import { shrunk, type Box, type Picture } from '../raster/picture.ts';
import { without, type Mask } from '../raster/mask.ts';
import { cameraOf, type Camera } from './camera.ts';
import { linesOf, type Line } from './lines.ts';
import { FURNITURE, type PlaneName } from './names.ts';
import { planeMask } from './plane.ts';
import { flatProjection, projectionOf, type Projection } from './projection.ts';
import { planeAt, shellOf, type Shell } from './shell.ts';
import { perspectiveOf, type Perspective } from './vanishing.ts';

/** What of a room was found: its pixels and how. */
export interface RoomLocator {
  /** A wall, floor or ceiling (or whatever surface a box shows). Throws `no_mask` where there is no sound one. */
  plane(name: string, plane: PlaneName | 'any', box: Box | undefined): Promise<Located>;
  /** The box of the clearest thing of these kinds; undefined when none is seen clearly. */
  thing(kinds: readonly number[]): Promise<Box | undefined>;
  /** How a surface lies before the camera; `mask` is where it was found. */
  projection(plane: PlaneName | 'any', mask: Mask): Promise<Projection>;
}

/** Scores: seen clearly enough to paint, and clearly enough not to be painted over. */
const CERTAIN = 0.5;
const POSSIBLE = 0.4;
/** How much of the edges between walls and ceiling is seen where they are known, by how the camera is. */
const LEAST_SEEN = { found: 0.5, guessed: 0.7 } as const;
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
  let view: Promise<View> | undefined;
  const seen = (): Promise<Detection[]> => {
    deadline.check();
    return (things ??= detect(models, picture, FURNITURE));
  };
  const seenFrom = (): Promise<View> => (view ??= viewOf(picture));
  return {
    async plane(name, plane, box) {
      const standing = (await seen()).filter(stands).map(solidPart);
      const persons = (await people())?.mask;
      const { perspective: { horizon, depth }, shell } = await seenFrom();
      deadline.check();
      const leastSeen = LEAST_SEEN[depth === undefined ? 'guessed' : 'found'];
      const isOverhead = shell === undefined || shell.seen.ceiling < leastSeen
        ? undefined
        : (x: number, y: number): boolean => planeAt(shell, x, y) === 'ceiling';
      const mask = await planeMask(
        picture, { name, plane, box, things: standing, people: persons, horizon, meeting: depth, isOverhead },
      );
      const free = persons === undefined ? mask : without(mask, persons);
      return { mask: free, method: box === undefined ? 'surface' : 'surface in box' };
    },
    async thing(kinds) {
      return (await seen()).find((one) => kinds.includes(one.kind) && one.score >= CERTAIN)?.box;
    },
    async projection(plane, mask) {
      if (plane === 'any') return flatProjection(picture.width, picture.height);
      const { camera, lines } = await seenFrom();
      return projectionOf(camera, lines, plane, mask);
    },
  };
}

/** Straight edges of the picture at a smaller size, and what they say of the camera. */
interface View {
  readonly perspective: Perspective;
  readonly lines: readonly Line[];
  readonly camera: Camera;
  readonly shell: Shell | undefined;
}

async function viewOf(picture: Picture): Promise<View> {
  const small = await shrunk(picture, SIDE);
  const { width, height } = small;
  const lab = labPlanes(small);
  const lines = linesOf(lab.lightness);
  const perspective = perspectiveOf(lines, width, height);
  const camera = cameraOf(perspective, lines, width, height);
  return { perspective, lines, camera, shell: shellOf(camera, lines, lab) };
}

/** Of the picture: what covers more is the room itself, or must be seen clearly. */
const SETTING = 0.7;
const LARGE = 0.12;

function stands({ box, score }: Detection): boolean {
  const area = box.width * box.height;
  return area < SETTING && score >= (area > LARGE ? CERTAIN : POSSIBLE);
}

function solidPart({ box, kind }: Detection): Box {
  return LEGGED.has(kind) ? { ...box, height: box.height * 0.5 } : box;
}
