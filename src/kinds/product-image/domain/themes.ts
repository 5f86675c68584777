import type { Theme, Themes } from './theme.ts';

/** What no background of a product may show. */
const never =
  'text, letters, logo, watermark, people, hands, product, bottle, box, clutter, frame, border, low quality, distorted';

const usual = {
  negativePrompt: never,
  light: 'left',
  shadow: 0.6,
  margins: { top: 0.09, bottom: 0.1, sides: 0.1 },
  aspects: ['1x1', '4x5', '16x9'],
  variants: 2,
} as const satisfies Partial<Theme>;

const shipped: readonly Theme[] = [
  {
    ...usual,
    name: 'default',
    title: 'Bright studio',
    prompt:
      'empty photo studio, seamless warm white paper backdrop curving into the floor, soft daylight from the left, ' +
      'gentle gradient, product photography background, nothing in the picture',
    backdrops: [
      { style: 'sweep', wall: '#e9e6e1', floor: '#f3f1ed', accents: [] },
      { style: 'window', wall: '#dcd3c6', floor: '#e8e0d4', accents: [] },
      { style: 'arch', wall: '#e6ddd2', floor: '#eee7dd', accents: ['#d9c3ab'] },
      { style: 'plaster', wall: '#cfcac2', floor: '#dcd8d1', accents: [] },
    ],
  },
  {
    ...usual,
    name: 'halloween',
    title: 'Halloween',
    prompt:
      'empty dark stage, low fog over the floor, deep violet night with an orange glow, soft lights out of focus, ' +
      'product photography background, nothing in the picture',
    negativePrompt: `${never}, faces, gore`,
    shadow: 0.7,
    backdrops: [
      { style: 'mist', wall: '#2a1838', floor: '#171020', accents: ['#e8782a'] },
      { style: 'spotlight', wall: '#d9661f', floor: '#8a3a10', accents: [] },
      { style: 'bokeh', wall: '#1f1430', floor: '#120c1c', accents: ['#f08a24', '#8f4fd0', '#f2b25c'] },
    ],
  },
  {
    ...usual,
    name: 'christmas',
    title: 'Christmas',
    prompt:
      'empty tabletop before a deep green wall, warm fairy lights far out of focus, cosy soft light, ' +
      'product photography background, nothing in the picture',
    backdrops: [
      { style: 'bokeh', wall: '#1d3a2c', floor: '#2a2018', accents: ['#ffd48a', '#ffb45c', '#fff0cf', '#e05a48'] },
      { style: 'sweep', wall: '#8e1f26', floor: '#a82b31', accents: [] },
      { style: 'window', wall: '#3c5a49', floor: '#52705d', accents: [] },
    ],
  },
  {
    ...usual,
    name: 'valentines',
    title: "Valentine's Day",
    prompt:
      'empty studio with a blush pink paper arch, rose and cream tones, soft romantic daylight, ' +
      'product photography background, nothing in the picture',
    backdrops: [
      { style: 'arch', wall: '#f1d3d2', floor: '#f6e1de', accents: ['#dd9a9c'] },
      { style: 'bokeh', wall: '#b8485f', floor: '#8f3048', accents: ['#ffc4cf', '#ff8fa5', '#ffe3e0'] },
      { style: 'window', wall: '#e9bdbb', floor: '#f0cfcb', accents: [] },
    ],
  },
  {
    ...usual,
    name: 'dark',
    title: 'Dark studio',
    prompt:
      'empty dark photo studio, charcoal backdrop, a soft glow of light in the middle, matte black floor, ' +
      'product photography background, nothing in the picture',
    shadow: 0.8,
    backdrops: [
      { style: 'spotlight', wall: '#5b5f66', floor: '#26282c', accents: [] },
      { style: 'plaster', wall: '#4a4b4d', floor: '#2e2f31', accents: [] },
      { style: 'window', wall: '#4b4a4c', floor: '#39383a', accents: [] },
    ],
  },
];

/** Those that ship with Waybill. */
export const shippedThemes: Themes = new Map(shipped.map((theme) => [theme.name, theme]));
