import * as z from 'zod';
import { line, namesOf, time } from '../../../contract/fields.ts';
import { defineRoute, table } from '../../../contract/route.ts';
import { aspects, backdropStyles, lights } from '../../../domain/scene.ts';
import { lookOf } from '../domain/theme.ts';
import { shippedThemes } from '../domain/themes.ts';
import { aspect, theme as name } from './fields.ts';

/** How finished images look: what routes answer, and what a file of themes has in it. */

const colour = z.string().regex(/^#[0-9A-Fa-f]{6}$/, { error: 'must be a colour such as #e9e6e1' });
const text = z.string().trim().min(1).max(1_000);
const share = z.number().min(0).max(1);
/** So much is left for the product in any case. */
const margin = z.number().min(0).max(0.4);

const backdrop = z.object({
  style: z.enum(backdropStyles),
  wall: colour,
  floor: colour,
  accents: z.array(colour).max(8).describe('Of an arch, of lights, of fog; others use none.'),
});

const fields = {
  name,
  title: line(100),
  prompt: text.describe('For models that make backgrounds of words.'),
  negativePrompt: z.string().trim().max(1_000).describe('What those are not to show.'),
  light: z.enum(lights).describe('From where it comes; shadows fall to the other side.'),
  shadow: share.describe('How dark: 0 for none.'),
  margins: z
    .object({ top: margin, bottom: margin, sides: margin })
    .describe("What is left free at least, as shares of the picture's height (top, bottom) and width (each side)."),
  aspects: z.array(aspect).min(1).max(aspects.length).refine((all) => new Set(all).size === all.length, {
    error: 'must have each only once',
  }),
  variants: z.int().min(1).max(4).describe('Backgrounds for each product.'),
  backdrops: z
    .array(backdrop)
    .min(1)
    .max(20)
    .describe('In turn for the variants, where they are made on this machine.'),
};

const usual = lookOf(shippedThemes, 'default');

/** What it leaves out is as in the theme `default`. */
const given = {
  title: fields.title.exactOptional(),
  prompt: fields.prompt.default(usual.prompt),
  negativePrompt: fields.negativePrompt.default(usual.negativePrompt),
  light: fields.light.default(usual.light),
  shadow: fields.shadow.default(usual.shadow),
  margins: fields.margins.default(usual.margins),
  aspects: fields.aspects.default([...usual.aspects]),
  variants: fields.variants.default(usual.variants),
  backdrops: z
    .array(z.strictObject({ ...backdrop.shape, accents: backdrop.shape.accents.default([]) }))
    .min(1)
    .max(20)
    .describe(fields.backdrops.description ?? ''),
};

export const themesFile = z
  .array(z.strictObject({ name, ...given }))
  .min(1)
  .max(100)
  .transform((all) => all.map((one) => ({ ...one, title: one.title ?? one.name })));

const view = z.object({
  ...fields,
  isTaken: z.boolean().describe('Whether webhooks may ask for it (THEMES).'),
  source: z
    .enum(namesOf<'shipped' | 'file' | 'stored'>({ shipped: true, file: true, stored: true }))
    .describe('Whether it ships with Waybill, is of THEMES_FILE, or was stored by a route or `waybill apply`.'),
  updatedAt: time.nullable().describe('Null of one that is not stored.'),
});
const example = {
  ...lookOf(shippedThemes, 'dark'), isTaken: true, source: 'stored', updatedAt: '2026-11-22T09:00:00.000Z',
} as const;

export const listThemes = defineRoute({
  name: 'listThemes',
  method: 'GET',
  path: '/api/themes',
  auth: 'operator',
  tag: 'Product images',
  summary: 'List the themes of product images',
  description: 'A theme that is not among them, of an orchestrator of yours for example, looks as `default` does.',
  answer: z.object({ themes: z.array(view) }),
  example: { answer: { themes: [{ ...usual, isTaken: true, source: 'shipped', updatedAt: null }] } },
});

export const putTheme = defineRoute({
  name: 'putTheme',
  method: 'PUT',
  path: '/api/themes/:theme',
  auth: 'operator',
  tag: 'Product images',
  summary: 'Store a theme of product images',
  description:
    'Makes it, or replaces all of it; what is left out is as in the theme `default` that ships. It goes before one ' +
    'of the same name that ships or is of THEMES_FILE. Steps of the pipeline that begin from now on use it, on ' +
    'every server within two seconds. At most 100.',
  params: z.object({ theme: name }),
  body: z.object(given),
  answer: view,
  errors: ['conflict'],
  example: {
    params: { theme: 'dark' },
    body: { title: 'Dark studio', shadow: 0.8, backdrops: [{ style: 'spotlight', wall: '#5b5f66', floor: '#26282c' }] },
    answer: example,
  },
});

export const deleteTheme = defineRoute({
  name: 'deleteTheme',
  method: 'DELETE',
  path: '/api/themes/:theme',
  auth: 'operator',
  tag: 'Product images',
  summary: 'Delete a stored theme',
  description: 'One of the same name that ships or is of THEMES_FILE is there again; without one, `default` is used.',
  params: z.object({ theme: name }),
  answer: z.object({ name, deleted: z.literal(true) }),
  errors: ['not_found'],
  example: { params: { theme: 'dark' }, answer: { name: 'dark', deleted: true } },
});

export const previewTheme = defineRoute({
  name: 'previewTheme',
  method: 'POST',
  path: '/api/themes/:theme/preview',
  auth: 'operator',
  tag: 'Product images',
  summary: 'Try a theme on a photo',
  description:
    'The body is the photo, at most MAX_UPLOAD_BYTES; the answer is a finished image. All is done on this server and ' +
    'costs nothing, in 3 to 10 seconds; no job is made, and nothing is kept. A photo that the quality checks refuse ' +
    'is 400, with the reason.',
  params: z.object({ theme: name }),
  query: z.object({
    aspect: aspect.exactOptional().describe('Default: the first of the theme.'),
    variant: z.int().min(1).max(20).exactOptional().describe('Which of its backdrops, from 1. Default: 1.'),
    seed: z.int().min(0).max(2 ** 31 - 1).exactOptional().describe('The same seed gives the same picture. Default: 0.'),
  }),
  file: ['image/jpeg', 'image/png', 'image/webp', 'image/avif'],
  media: 'image/jpeg',
  answer: z.null(),
  repeatable: true,
  errors: ['unavailable'],
  example: { params: { theme: 'halloween' }, query: { aspect: '1x1' }, answer: null },
});

export const themeRoutes = table(listThemes, putTheme, deleteTheme, previewTheme);
