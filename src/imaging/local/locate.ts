import { boxMask, core, coverage, emptyMask, fullMask, inverted, united, type Mask } from './raster/mask.ts';
import type { Deadline } from './deadline.ts';
import type { Models } from './models/models.ts';
import { faceMask, findPeople, personMask, withMargin, type Located, type People } from './people/people.ts';
import { grownBox, pixelBox, shrunk, type Box, type Picture, type Views } from './raster/picture.ts';
import { plainBackground, type PlainBackground } from './cutout/plain-background.ts';
import type { EdgeColours } from './cutout/edge-colours.ts';
import { naturalBackground } from './cutout/natural-background.ts';
import { ownAlpha, unmixed } from './cutout/own-alpha.ts';
import { modelConfidence, plainConfidence } from './cutout/confidence.ts';
import { refined } from './cutout/refine.ts';
import { createRoomLocator, type RoomLocator } from './rooms/room.ts';
import { enclosedThing } from './rooms/thing.ts';
import { noMask, type ImageRejected } from './rejection.ts';
import { salience } from './cutout/segmentation.ts';
import { tidied } from './cutout/tidy.ts';

/** What a name stands for. Only these can be located without a box. */
export type Part = 'background' | 'subject' | 'person' | 'face' | 'whole';

const names: Readonly<Record<Part, readonly string[]>> = {
  background: ['background', 'backdrop'],
  subject: ['subject', 'product', 'foreground', 'object', 'item'],
  person: ['person', 'people', 'persons', 'human', 'humans'],
  face: ['face', 'faces'],
  whole: ['image', 'picture', 'photo', 'room', 'interior', 'scene'],
};
const parts = new Map(Object.entries(names).flatMap(([part, all]) => all.map((name) => [name, part as Part])));

export const partOf = (name: string): Part | undefined => parts.get(name.trim().toLowerCase());
export const partNames: readonly string[] = [...parts.keys()];

/** Less of the picture than this and there is no subject; more and there is no background. */
const LEAST_SUBJECT = 0.003;
const MOST_SUBJECT = 0.97;
/** Models and colours are shown a smaller copy, which is quickly made smaller still; small parts the picture itself. */
const OVERVIEW_SIDE = 2000;

export interface Subject extends Located {
  readonly plain: PlainBackground | undefined;
  /** Its own colours at its edge, where they were estimated with the mask. */
  readonly edges: EdgeColours | undefined;
  /** Whether the upload's own alpha said so: what is behind it is empty. */
  readonly isCutOut: boolean;
  /** Whether a person is part of it; looked for when it is asked. */
  hasPerson(): Promise<boolean>;
  /** The probability (0..1) that it is right. */
  readonly confidence: number;
}

/** Finds the parts of one picture, each at most once. */
export interface Locator {
  /** What stands out; undefined when nothing does. */
  subject(): Promise<Subject | undefined>;
  /** What `subject` found, if it was asked for. */
  asked(): Promise<Subject | undefined>;
  /** Persons or faces seen clearly; undefined when there is none. */
  certain(part: 'person' | 'face'): Promise<Located | undefined>;
  /** Persons or faces, doubtful ones included; undefined when there is none. */
  possible(part: 'person' | 'face'): Promise<Located | undefined>;
  /** The thing that fills a box; undefined when nothing in it is told from what is around it. */
  inBox(box: Box): Promise<Located | undefined>;
  /** Walls, floors, ceilings, and furniture by name. */
  readonly room: RoomLocator;
}

export function createLocator(models: Models, picture: Picture, deadline: Deadline): Locator {
  let overview: Promise<Picture> | undefined;
  let people: Promise<People> | undefined;
  let subject: Promise<Subject | undefined> | undefined;
  const seenSmall = (): Promise<Picture> => (overview ??= shrunk(picture, OVERVIEW_SIDE));
  const seen = async (): Promise<People> => {
    deadline.check();
    return (people ??= seenSmall().then((small) => findPeople(models, small)));
  };

  async function find(part: 'person' | 'face', onlyCertain: boolean): Promise<Located | undefined> {
    const { persons, faces } = await seen();
    deadline.check();
    const wanted = (part === 'person' ? persons : faces).filter((one) => one.certain || !onlyCertain);
    if (wanted.length === 0) return undefined;
    if (part === 'face') return faceMask(picture, wanted);
    const located = await personMask(models, picture, wanted);
    // Of somebody whom the segmenter missed, the face at least is known.
    return onlyCertain ? located : { ...located, mask: united(located.mask, faceMask(picture, faces).mask) };
  }

  return {
    subject: async () => (subject ??= findSubject(models, { picture, overview: await seenSmall() }, deadline, find)),
    asked: async () => subject,
    certain: (part) => find(part, true),
    possible: (part) => find(part, false),
    inBox: (box) => thingInBox(models, picture, box, deadline),
    room: createRoomLocator(models, picture, deadline, () => find('person', false)),
  };
}

async function findSubject(
  models: Models,
  seen: Views,
  deadline: Deadline,
  find: (part: 'person', onlyCertain: true) => Promise<Located | undefined>,
): Promise<Subject | undefined> {
  deadline.check();
  const persons = (): Promise<Located | undefined> => find('person', true);
  const hasAny = async (): Promise<boolean> => (await persons()) !== undefined;
  const alpha = ownAlpha(seen.picture);
  if (alpha !== undefined) {
    return {
      mask: alpha, edges: unmixed, method: 'alpha', plain: undefined, isCutOut: true, confidence: 1, hasPerson: hasAny,
    };
  }
  const rough = tidied(await salience(models, seen.overview));
  deadline.check();
  const plain = await plainBackground(seen, rough);
  if ('matte' in plain) {
    const { mask, edges } = plain.matte;
    const confidence = plainConfidence(plain.signs);
    return { mask, edges, method: 'plain-background', plain, confidence, isCutOut: false, hasPerson: hasAny };
  }
  const { mask: found, signs } = await naturalBackground(models, seen, rough, plain);
  let mask = found;
  const { name } = (await models.segmenter()).description;
  let method = name;
  deadline.check();
  const people = await persons();
  const hasPerson = people !== undefined && sharedShare(people.mask, mask) > 0.35;
  if (hasPerson) {
    // Salience leaves holes in people (a dark sleeve, a badge) that the person segmenter fills.
    mask = united(mask, core(people.mask));
    method = `${name}, ${people.method}`;
  }
  const covered = coverage(mask);
  if (covered < LEAST_SUBJECT || covered > MOST_SUBJECT) return undefined;
  const confidence = modelConfidence(signs);
  return {
    mask, edges: undefined, method, plain: undefined, isCutOut: false, confidence,
    hasPerson: () => Promise.resolve(hasPerson),
  };
}

/** The share of the first mask that the second covers too. */
function sharedShare(one: Mask, other: Mask): number {
  let [area, shared] = [0, 0];
  for (let at = 0; at < one.data.length; at += 7) {
    area += one.data[at]!;
    shared += Math.min(one.data[at]!, other.data[at]!);
  }
  return area === 0 ? 0 : shared / area;
}

/** Salience within a box is trusted when it fills a good part of the box and is not in two minds about it. */
async function thingInBox(
  models: Models,
  picture: Picture,
  box: Box,
  deadline: Deadline,
): Promise<Located | undefined> {
  deadline.check();
  const around = grownBox(box, 0.15);
  const rough = tidied(await salience(models, picture, around));
  deadline.check();
  const limits = boxMask(grownBox(box, 0.02), picture.width, picture.height);
  const found = await refined(picture, rough, around);
  const mask = { ...found, data: found.data.map((value, at) => Math.min(value, limits.data[at]!)) };
  const area = pixelBox(box, picture.width, picture.height);
  const filled = (coverage(mask) * picture.width * picture.height) / (area.width * area.height);
  let doubtful = 0;
  for (const value of rough.data) if (value > 0.2 && value < 0.8) doubtful += 1;
  if (filled > 0.25 && filled < 0.98 && doubtful / rough.data.length < 0.12) {
    return { mask, method: `${(await models.segmenter()).description.name} in box` };
  }
  const enclosed = await enclosedThing(picture, box);
  return enclosed === undefined ? undefined : { mask: enclosed, method: 'colour in box' };
}

export interface Guard {
  /** Whether nothing is protected. */
  readonly isEmpty: boolean;
  /** What must be left alone, and a little around it. */
  readonly mask: Mask;
  /** What must be left alone without its soft edge: where the background is replaced, the edge is the subject's. */
  readonly core: Mask;
  /** How each protected name was found; "none" where the picture has no such thing. */
  readonly methods: Record<string, string>;
}

export async function guardOf(locator: Locator, picture: Picture, protect: readonly string[]): Promise<Guard> {
  const methods: Record<string, string> = {};
  const none = emptyMask(picture.width, picture.height);
  let inner = none;
  let mask = none;
  for (const name of protect) {
    const part = partOf(name);
    if (part === undefined) throw unprotectable(name);
    const located = await protectedPart(locator, picture, part);
    methods[name] = located?.method ?? 'none';
    if (located === undefined) continue;
    inner = united(inner, core(located.mask));
    mask = united(mask, part === 'person' ? withMargin(located.mask, picture) : located.mask);
  }
  return { isEmpty: mask === none, mask, core: inner, methods };
}

export const unprotectable = (name: string): ImageRejected =>
  noMask(
    `"${name}" cannot be located, so it cannot be promised to stay as it is: protect one of ${partNames.join(', ')}.`,
  );

async function protectedPart(locator: Locator, picture: Picture, part: Part): Promise<Located | undefined> {
  if (part === 'person' || part === 'face') return locator.possible(part);
  if (part === 'whole') return { mask: fullMask(picture.width, picture.height), method: 'whole-picture' };
  const subject = await locator.subject();
  if (part === 'subject' || subject === undefined) return subject;
  return { mask: inverted(subject.mask), method: subject.method };
}
