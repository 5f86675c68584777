import { ANIMALS, detect, overlap, PERSON, sharedArea, type Detection } from './detection.ts';
import { detectFaces } from './faces.ts';
import { numbersOf } from '../raster/filter.ts';
import { ellipseMask, emptyMask, grown, toPlane, united, type Mask } from '../raster/mask.ts';
import type { Models } from '../models/models.ts';
import { grownBox, sampled, type Box, type Picture } from '../raster/picture.ts';
import { refined } from '../cutout/refine.ts';

export interface Sighting {
  readonly box: Box;
  /**
   * Seen clearly enough to be painted on. What is less than certain is still protected when people are to be left
   * alone: a cushion spared is a lesser fault than a face painted over.
   */
  readonly certain: boolean;
}

export interface People {
  readonly persons: readonly Sighting[];
  readonly faces: readonly Sighting[];
}

/** Scores were chosen on photos with and without people: a cat's face reaches 0.76, a fig 0.64, faces 0.8 and more. */
const CERTAIN_FACE = 0.8;
const CERTAIN_FACE_OF_PERSON = 0.65;
const CERTAIN_PERSON = 0.5;
const POSSIBLE_PERSON = 0.35;
const MOST_PEOPLE = 12;
const SELFIE_SIDE = 256;

/** Finds people of about a tenth of the picture's height and more. At most 12, the clearest first. */
export async function findPeople(models: Models, picture: Picture): Promise<People> {
  const seen = await detect(models, picture, new Set([PERSON, ...ANIMALS]));
  const animals = seen.filter((one) => one.kind !== PERSON);
  const persons = seen.filter((one) => one.kind === PERSON && one.score >= POSSIBLE_PERSON && !isAnimal(one, animals));
  const heads = persons.slice(0, MOST_PEOPLE).map((person) => headPart(person.box, picture));
  const faces: Sighting[] = [];
  const faceOwners: Sighting[] = [];
  const withFace = new Set<Detection>();
  for (const face of await detectFaces(models, picture, heads)) {
    const owners = persons.filter((person) => isHeadOf(face.box, person.box));
    // Faces come best first, and a badge on somebody's chest is taken for a second, worse one.
    const owner = owners.find((person) => !withFace.has(person));
    if (owner !== undefined) withFace.add(owner);
    else if (face.score < CERTAIN_FACE) continue;
    const least = (owner?.score ?? 0) >= CERTAIN_PERSON ? CERTAIN_FACE_OF_PERSON : CERTAIN_FACE;
    faces.push({ box: face.box, certain: face.score >= least });
    if (owners.length === 0) faceOwners.push({ box: bodyBelow(face.box), certain: true });
  }
  const sightings = persons.map(({ box, score }) => {
    const hasFace = faces.some((face) => face.certain && isHeadOf(face.box, box));
    return { box, certain: score >= CERTAIN_PERSON || hasFace };
  });
  return {
    persons: [...sightings, ...faceOwners].slice(0, MOST_PEOPLE),
    faces: faces.slice(0, MOST_PEOPLE),
  };
}

/** A cat that fills the picture is also seen as a person, a little less clearly. */
function isAnimal(person: Detection, animals: readonly Detection[]): boolean {
  return animals.some((animal) => overlap(animal.box, person.box) > 0.6 && animal.score > person.score - 0.1);
}

/** A face's centre is in the upper half of its person, and it is no larger than the person. */
function isHeadOf(face: Box, person: Box): boolean {
  const x = face.x + face.width / 2;
  const y = face.y + face.height / 2;
  const inside = x > person.x && x < person.x + person.width && y > person.y - 0.02;
  return inside && y < person.y + person.height * 0.5 && sharedArea(face, person) > face.width * face.height * 0.5;
}

/** The square at the top of a person in which a small face is looked for again. */
function headPart(person: Box, picture: Picture): Box {
  const height = Math.min(person.height, (person.width * 1.2 * picture.width) / picture.height);
  return grownBox({ ...person, height }, 0.1);
}

/** Where the person belonging to a face can be, when the detector saw the face alone. */
function bodyBelow(face: Box): Box {
  const left = Math.max(0, face.x - face.width * 1.2);
  const top = Math.max(0, face.y - face.height * 0.7);
  const right = Math.min(1, face.x + face.width * 2.2);
  const bottom = Math.min(1, face.y + face.height * 8);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

export interface Located {
  readonly mask: Mask;
  readonly method: string;
}

/**
 * The pixels of people. Where the segmenter sees no person in the box of a certain one, the box itself; where it sees
 * none in the box of a doubtful one, neither model is sure, and nothing is taken.
 */
export async function personMask(models: Models, picture: Picture, persons: readonly Sighting[]): Promise<Located> {
  let mask = emptyMask(picture.width, picture.height);
  const methods = new Set<string>();
  for (const { box, certain } of persons) {
    const part = grownBox(box, 0.12);
    const rough = await personIn(models, picture, part);
    const found = share(rough, 0.5);
    if (found > 0.12) {
      mask = united(mask, await refined(picture, rough, part));
      methods.add('selfie');
    } else if (certain) {
      mask = united(mask, ellipseMask(grownBox(box, 0.05), picture.width, picture.height, 0.15));
      methods.add('person-box');
    }
  }
  return { mask, method: [...methods].sort().join(', ') };
}

/** MediaPipe's selfie segmenter on one part of the picture: 0..1 at 256 x 256. */
async function personIn(models: Models, picture: Picture, part: Box): Promise<ReturnType<typeof toPlane>> {
  const model = await models.get('selfie');
  const samples = await sampled(picture, SELFIE_SIDE, SELFIE_SIDE, part);
  const input = numbersOf(samples.data, (value) => value / 255);
  const output = Object.values(await model.run(input, [1, SELFIE_SIDE, SELFIE_SIDE, 3]))[0];
  if (output?.data.length !== SELFIE_SIDE * SELFIE_SIDE) throw new Error('the selfie model gave no 256 x 256 mask');
  return { width: SELFIE_SIDE, height: SELFIE_SIDE, data: new Float32Array(output.data) };
}

function share(plane: { readonly data: Float32Array }, least: number): number {
  let count = 0;
  for (const value of plane.data) if (value >= least) count += 1;
  return count / plane.data.length;
}

/** A soft ellipse over each face, hairline and chin included. */
export function faceMask(picture: Picture, faces: readonly Sighting[]): Located {
  let mask = emptyMask(picture.width, picture.height);
  for (const { box } of faces) {
    const head: Box = {
      x: box.x - box.width * 0.15,
      y: box.y - box.height * 0.42,
      width: box.width * 1.3,
      height: box.height * 1.6,
    };
    mask = united(mask, ellipseMask(head, picture.width, picture.height, 0.2));
  }
  return { mask, method: 'blazeface' };
}

/** A protected person's mask reaches a little over the edge, so that no rim of them is touched. */
export function withMargin(mask: Mask, picture: Picture): Mask {
  return grown(mask, Math.max(1, Math.round(Math.max(picture.width, picture.height) * 0.003)));
}
