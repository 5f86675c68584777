import {
  bed, bookshelf, cabinet, chair, curtain, door, floorLamp, hangingLamp, picture, plant, rug, skirting, sofa, table,
  window_,
} from './furniture.ts';
import { boards, bricks, carpet, plain, stripes, tiled } from './materials.ts';
import type { Scene } from './render.ts';

export const white = plain('#efece6');
export const day = [0.12, 0.125, 0.135] as const;
export const evening = [0.035, 0.028, 0.02] as const;
export const tungsten = (strength: number): readonly [number, number, number] =>
  [strength * 1.25, strength, strength * 0.62];
export const everyWall = ['left', 'right', 'back'] as const;
export const eye = (x: number, z = 0.15, yaw = 0, pitch = -0.08, fieldOfView = 1.25) =>
  ({ at: [x, 1.45, z], yaw, pitch, fieldOfView }) as const;

/** Twelve rooms of the kinds that people photograph. */
export const scenes: readonly Scene[] = [
  {
    name: 'living room', size: [4.6, 2.6, 5.2], floor: boards('#b98d5e'), ceiling: white, walls: white, ambient: day,
    panels: [...window_('left', 2, 0.5, 1.5, 1.7), picture('back', 1.6, 1.35, 0.9, 0.65), ...skirting(everyWall,
      '#fafafa')],
    solids: [
      ...sofa([2.3, 0, 4.5], '#8c939a'), ...table([2.3, 0, 3.1], '#5b3f2a', [1.1, 0.4, 0.6]), ...plant([4.1, 0, 4.7]),
      ...rug([2.3, 0, 3.2], 2.4, 1.6, '#7c3b34'), ...floorLamp([0.6, 0, 4.7], tungsten(3)),
    ],
    sun: { towards: [-1, 0.75, -0.15], light: [5, 4.6, 3.8] }, camera: eye(2.6), exposure: 0.95,
  },
  {
    name: 'bedroom', size: [4.2, 2.5, 4.4], floor: carpet('#b9a68c'), ceiling: white, walls: plain('#a9b69a'),
      ambient: day,
    panels: [
      curtain('right', 1.4, 0.5, '#e6ded0'), curtain('right', 3.1, 0.5, '#e6ded0'), ...window_('right', 1.8, 0.8,
        1.4, 1.4, 7),
      picture('back', 1.9, 1.45, 0.7, 0.5, 8),
    ],
    solids: [
      ...bed([2.1, 0, 3.3], '#d9d2c6', '#6e4d34'), ...cabinet([0.75, 0, 4.1], [0.5, 0.5, 0.4], '#6e4d34'),
      ...hangingLamp([0.75, 0.75, 4.1], tungsten(4)),
    ],
    camera: eye(1.7, 0.15, 0.1),
  },
  {
    name: 'kitchen', size: [4.4, 2.6, 4.8], floor: tiled('#c9c3b8', '#8d877c', 0.4), ceiling: white,
      walls: plain('#e8d9b8'),
    ambient: day, panels: [...window_('left', 1.6, 1, 1.3, 1.2, 8), ...door('right', 2.2, '#7a5a3c')],
    solids: [
      ...cabinet([2.2, 0, 4.5], [4, 0.88, 0.6], '#5f7480'), ...cabinet([2.6, 1.5, 4.62], [2.4, 0.65, 0.36], '#5f7480'),
      ...table([2.4, 0, 2.6], '#a3713f', [1.3, 0.75, 0.8]), ...chair([1.5, 0, 2.5], '#3d3d40', 1.5),
      ...chair([3.3, 0, 2.7], '#3d3d40', -1.5), ...hangingLamp([2.4, 1.75, 2.6], tungsten(3)),
    ],
    camera: eye(2, 0.15, 0.06),
  },
  {
    name: 'evening lamp', size: [4.4, 2.6, 4.6], floor: boards('#6b452a'), ceiling: white, walls: plain('#3a4a68'),
    ambient: evening, panels: [picture('back', 0.7, 1.4, 0.6, 0.8, 5), ...skirting(everyWall, '#e9e6df')],
    solids: [
      ...sofa([2.1, 0, 3.9], '#a4572f', 1.8), ...floorLamp([3.5, 0, 4], tungsten(7)), ...table([2.1, 0, 2.7],
        '#2e2620', [0.9, 0.42, 0.55]),
    ],
    camera: eye(2.2), exposure: 1.5,
  },
  {
    name: 'corridor', size: [2, 2.6, 8], floor: boards('#5a3a24', 0.12), ceiling: white, walls: plain('#ddd3c2'),
      ambient: [0.2, 0.19, 0.17],
    panels: [
      ...door('left', 2.2, '#e9e5dc'), ...door('right', 3.6, '#e9e5dc'), ...door('left', 5, '#e9e5dc'),
        ...window_('back', 0.6, 1, 0.8, 1.2, 6),
      ...skirting(everyWall, '#f4f1ea', 0.1),
    ],
    solids: [...hangingLamp([1, 2.3, 3.2], tungsten(5)), ...cabinet([1.75, 0, 5.6], [0.4, 0.8, 1], '#3d2a1e')],
      camera: eye(0.95),
  },
  {
    name: 'office', size: [4.6, 2.7, 4.6], floor: boards('#cdb892', 0.2, 0.08), ceiling: white,
      walls: plain('#b9bcc0'), ambient: day,
    panels: [...window_('right', 1.4, 0.9, 1.6, 1.4, 7)],
    solids: [
      ...bookshelf([0.9, 0, 4.35], [1.3, 2.1, 0.35]), ...table([2.9, 0, 4], '#d8c6a4', [1.6, 0.74, 0.75]),
        ...chair([2.7, 0, 3.2], '#25282c', 0.4),
      ...cabinet([2.9, 0.74, 4.15], [0.6, 0.38, 0.04], '#101114'), ...plant([4.1, 0, 3.2], 0.9),
    ],
    camera: eye(2.1, 0.15, 0.08),
  },
  {
    name: 'sideboard', size: [5, 2.7, 3.6], floor: boards('#9a7650'), ceiling: white, walls: plain('#d8c9bb'),
      ambient: day,
    panels: [picture('back', 1.1, 1.3, 0.6, 0.8, 12), picture('back', 2, 1.4, 0.5, 0.5, 15), ...skirting(['back'],
      '#efebe4')],
    solids: [
      ...cabinet([2.5, 0, 3.3], [1.9, 0.75, 0.45], '#4f3524'), ...plant([4, 0, 3.1], 1.3),
      { name: 'vase', shape: 'cylinder', at: [2.9, 0.75, 3.3], size: [0.16, 0.34, 0.16], material: plain('#2f6f86') },
      ...floorLamp([0.6, 0, 3.1], tungsten(5)),
    ],
    camera: eye(2.5, 0.1, 0, -0.05, 1.15),
  },
  {
    name: 'loft', size: [6, 3.2, 6.4], floor: tiled('#97938d', '#8a8680', 1.5, 0.04), ceiling: plain('#d9d7d2'),
      walls: plain('#e4e1da'),
    accents: { back: bricks('#9c5a44', '#c8bfb2') }, ambient: day,
    panels: [...window_('left', 1.5, 0.4, 1.3, 2.3, 6), ...window_('left', 3.6, 0.4, 1.3, 2.3, 6)],
    solids: [...sofa([3.4, 0, 5.3], '#2f4858', 2.2), ...table([3.4, 0, 3.9], '#3a2c22', [1, 0.4, 1]), ...plant([5.5,
      0, 5.8], 1.5)],
    sun: { towards: [-1, 0.9, 0.2], light: [5, 4.5, 3.7] }, camera: eye(3.2, 0.15, 0.05),
  },
  {
    name: 'leather sofa', size: [4.4, 2.6, 4.6], floor: boards('#4a2e1d'), ceiling: white, walls: plain('#f1f0ec'),
      ambient: day,
    panels: [...window_('right', 1.6, 0.7, 1.4, 1.5, 8), ...skirting(everyWall, '#ffffff', 0.1)],
    solids: [...sofa([1.7, 0, 4], '#7a4526', 2), ...rug([1.9, 0, 2.8], 2, 1.4, '#c9beab', 0.1), ...cabinet([3.9, 0,
      3.9], [0.7, 1.9, 0.5], '#8c6a45')],
    sun: { towards: [1, 0.8, 0.1], light: [4.6, 4.2, 3.4] }, camera: eye(2.1, 0.15, 0.02),
  },
  {
    name: 'nursery', size: [3.8, 2.5, 4], floor: carpet('#5f7f9f', 0.1), ceiling: white, walls: plain('#f0e2c0'),
    accents: { back: stripes('#e8d3c9', '#d9b8aa', 0.15) }, ambient: day, panels: [...window_('left', 1.2, 0.9, 1.2,
      1.2, 8)],
    solids: [
      ...cabinet([3.3, 0, 3.6], [0.9, 1.2, 0.5], '#f6f4ef'), { name: 'ball', shape: 'sphere', at: [1.3, 0.25, 2.6],
        size: [0.5, 0.5, 0.5], material: plain('#d23b2f') },
      { name: 'ball', shape: 'sphere', at: [2.1, 0.15, 2.1], size: [0.3, 0.3, 0.3], material: plain('#e8b92f') },
        ...chair([0.8, 0, 3.4], '#c98a4b', 0.6),
    ],
    camera: eye(1.8, 0.12, 0.04, -0.14),
  },
  {
    name: 'white on white', size: [4.4, 2.6, 4.8], floor: boards('#d9c9ae', 0.16, 0.08), ceiling: plain('#fbfbfa'),
      walls: plain('#f3f2ef'), ambient: day,
    panels: [...window_('left', 1.8, 0.6, 1.4, 1.6, 8), ...skirting(everyWall, '#ffffff', 0.1), ...door('right', 3,
      '#f6f5f2')],
    solids: [...cabinet([2.2, 0, 4.5], [1.6, 0.7, 0.45], '#f4f3f0'), ...sofa([3.4, 0, 3], '#cfcac2', 1.5, -1.57),
      ...rug([2, 0, 3], 1.6, 1.6, '#e9e4da')],
    camera: eye(1.9),
  },
  {
    name: 'attic studio', size: [5, 2.4, 5], floor: plain('#7d7f82', 0.05), ceiling: plain('#efe9dd'),
      walls: plain('#c66b4e'), ambient: [0.1, 0.1, 0.11],
    panels: [...window_('back', 3.1, 0.9, 1.2, 1.1, 7), picture('back', 1, 1.2, 0.9, 0.7, 21), ...door('left', 3,
      '#d8d2c6')],
    solids: [...table([2, 0, 4.2], '#c9a778', [1.5, 0.74, 0.7]), ...chair([2, 0, 3.4], '#efefef', 0.2),
      ...bookshelf([4.8, 0, 3], [0.35, 1.8, 1.2]), ...hangingLamp([2.4, 1.9, 3], tungsten(4))],
    camera: eye(2.3, 0.12, 0.02, -0.1),
  },
];
