/** A flat part of a room. */
export type PlaneName = 'wall' | 'floor' | 'ceiling';

/** What a name of a room's part stands for. */
export type RoomPart =
  | { readonly sort: 'plane'; readonly plane: PlaneName }
  /** `kinds`: what the detector calls it (indices among COCO's 80 classes); empty when it knows no such thing. */
  | { readonly sort: 'thing'; readonly kinds: readonly number[] };

const planes: Readonly<Record<PlaneName, string>> = {
  wall: 'wall walls wallpaper paintwork partition',
  floor: 'floor floors flooring floorboards parquet laminate carpet carpeting ground tiles',
  ceiling: 'ceiling ceilings',
};

const COCO = { bench: 13, chair: 56, couch: 57, pottedPlant: 58, bed: 59, table: 60, toilet: 61, tv: 62, laptop: 63 };

const things: readonly (readonly [names: string, kinds: readonly number[]])[] = [
  ['sofa sofas couch couches settee loveseat', [COCO.couch]],
  ['chair chairs armchair armchairs seat stool stools', [COCO.chair]],
  ['bed beds bedding bedspread', [COCO.bed]],
  ['table tables desk desks countertop worktop', [COCO.table]],
  ['plant plants houseplant', [COCO.pottedPlant]],
  ['tv television screen monitor', [COCO.tv]],
  ['toilet', [COCO.toilet]],
  ['bench', [COCO.bench]],
  ['refrigerator fridge', [72]],
  ['oven stove cooker', [69]],
  ['sink washbasin basin', [71]],
  ['vase', [75]],
  ['clock', [74]],
  [
    'lamp lamps lampshade cabinet cabinets cupboard cupboards wardrobe closet sideboard dresser drawers shelf ' +
      'shelves bookcase bookshelf curtain curtains drapes blinds rug rugs mat door doors window windows cushion ' +
      'cushions pillow pillows blanket throw ' +
      'mirror radiator fireplace stairs beanbag pouf ottoman picture painting poster frame tile',
    [],
  ],
];

const parts = new Map<string, RoomPart>();
for (const [plane, names] of Object.entries(planes)) {
  for (const name of names.split(' ')) parts.set(name, { sort: 'plane', plane: plane as PlaneName });
}
for (const [names, kinds] of things) {
  for (const name of names.split(' ')) parts.set(name, { sort: 'thing', kinds });
}

export const planeNames: readonly string[] = Object.keys(planes);

/** Everything of a room that the detector knows: what stands before walls and on floors. */
export const FURNITURE: ReadonlySet<number> = new Set([
  ...things.flatMap(([, kinds]) => kinds),
  // suitcase, bottle, microwave, toaster, book
  28, 39, 68, 70, 73,
]);

/** What follows one of these words says where the thing is, not what it is. */
const PLACE = /\s(?:on|of|at|in|behind|under|above|below|over|by|near|next|beside|before|with|to|from)\s.*$/;

/** By the noun of a name such as `the left wall`, `oak floor` or `wall behind the sofa`; undefined for unknown ones. */
export function roomPartOf(name: string): RoomPart | undefined {
  const words = name.trim().toLowerCase().replace(/[_-]+/g, ' ').replace(PLACE, '').split(/\s+/);
  return parts.get(words.at(-1) ?? '');
}
