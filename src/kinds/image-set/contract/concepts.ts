import * as z from 'zod';
import { limits, line, namesOf } from '../../../contract/fields.ts';
import type { ConceptAction } from '../domain/concepts.ts';

const fraction = z.number().min(0).max(1);

export const concept = z
  .object({
    action: z.enum(namesOf<ConceptAction>({ recolor: true, tone: true, texture: true, remove: true })),
    value: z
      .string()
      .max(limits.valueLength)
      .default('')
      .describe(
        'Argument of the action. `recolor`: a colour by name or as `#rrggbb`. `tone`: `warm`, `cool`, `bright`, ' +
          '`dark`, `vivid`, `muted`, `mono` or a colour. `texture`: `linen`, `canvas`, `plaster`, `paper`, ' +
          '`concrete`, `studio` (backgrounds only), or a material of floors, walls and ceilings: `wood`, `oak`, ' +
          '`walnut`, `herringbone`, `tiles`, `brick`, `carpet`, `stripes`, with a colour if you like ' +
          '(`navy carpet`). Tones and textures may end in a strength (`warm 60%`). Empty for `remove`. Workers of ' +
          'your own may understand other words.',
      ),
    box: z
      .tuple([fraction, fraction, fraction, fraction])
      .exactOptional()
      .describe(
        'The region in which the named part is: x, y, width and height as fractions of the upright picture. Nothing ' +
          'outside it changes; of what is in it only what the name says. With `remove`, all of it is erased.',
      ),
    shadow: z
      .boolean()
      .exactOptional()
      .describe('Whether a recoloured or replaced background shows the shadow of the subject. Default: true.'),
  })
  .meta({ id: 'Concept', description: 'What to do with one part of the picture.' });

export const concepts = z
  .record(line(limits.nameLength), concept)
  .refine((given) => Object.keys(given).length <= limits.concepts, {
    error: `must have at most ${limits.concepts} entries`,
  })
  .meta({
    description:
      'By the name of the part of the picture: `background`, `subject`, `person`, `face`, `room`; `wall`, `floor`, ' +
      '`ceiling`; furniture such as `sofa`. Anything else needs a box. Guide: docs/guides/rooms.md.',
    maxProperties: limits.concepts,
  });

export const protect = z
  .array(line(limits.nameLength))
  .max(limits.protect)
  .describe('Parts of the picture that must not change.');
