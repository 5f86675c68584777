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
      .describe('Argument of the action: a colour, a tone or a texture. May be empty for `remove`.'),
    box: z
      .tuple([fraction, fraction, fraction, fraction])
      .exactOptional()
      .describe(
        'Where the part is, if it cannot be found by name: x, y, width and height as fractions of the picture.',
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
    description: 'By the name of the part of the picture: `background`, `wall`.',
    maxProperties: limits.concepts,
  });

export const protect = z
  .array(line(limits.nameLength))
  .max(limits.protect)
  .describe('Parts of the picture that must not change.');
