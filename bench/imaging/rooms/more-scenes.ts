import {
  bookshelf, cabinet, chair, curtain, door, floorLamp, hangingLamp, person, picture, plant, rug, skirting, sofa, table,
  window_,
} from './furniture.ts';
import {
  boards, bricks, carpet, chequered, damask, herringbone, medallions, plain, rails, spots, stripes, tiled,
} from './materials.ts';
import type { Scene } from './render.ts';
import { day, evening, everyWall, eye, tungsten, white } from './scenes.ts';

const skin = '#c99a78';

/** Rooms of the kinds that are hard: no part of them was looked at when the search for surfaces was first written. */
export const moreScenes: readonly Scene[] = [
  {
    name: 'white attic', size: [4.2, 2.5, 4.6], floor: boards('#a9855c', 0.15), ceiling: plain('#f8f7f4'),
    walls: plain('#f4f3f0'), ambient: day,
    panels: [...window_('right', 1.2, 0.8, 1.5, 1.3, 7), picture('back', 1.4, 1.3, 0.8, 0.6, 31)],
    solids: [...sofa([1.9, 0, 4], '#56646e', 1.9), ...plant([3.6, 0, 4.1], 1.2)],
    camera: eye(2.2, 0.15, -0.05, -0.04),
  },
  {
    name: 'bathroom', size: [3.2, 2.5, 3.8], floor: tiled('#e9e8e4', '#3c3b3a', 0.3, 0.03, 0.012), ceiling: white,
    walls: plain('#bcd0c4'), ambient: day,
    panels: [
      ...window_('left', 1.4, 1.1, 0.8, 0.9, 8),
      { name: 'mirror', wall: 'back', left: 1.7, bottom: 1.1, width: 0.8, height: 0.9, material: plain('#8fa3ad') },
    ],
    solids: [
      ...cabinet([2.1, 0, 3.5], [1, 0.8, 0.45], '#6d4f37'), ...cabinet([0.45, 0, 2.9], [0.8, 0.55, 1.6], '#f4f4f2'),
      ...rug([1.5, 0, 2.1], 0.9, 0.6, '#3c6f8f'),
    ],
    camera: eye(1.7, 0.12, 0, -0.14),
  },
  {
    name: 'chequered hall', size: [4.4, 2.9, 5.4], floor: chequered('#e6e2da', '#26262a', 0.4), ceiling: white,
    walls: plain('#c98b6a'), ambient: day,
    panels: [...door('back', 1.8, '#ece7dc'), ...window_('left', 2.4, 0.9, 1.1, 1.5, 8), ...skirting(everyWall,
      '#f2eee6', 0.12)],
    solids: [
      ...person([1.2, 0, 3.6], '#2f5d8a', '#33343a', skin), ...person([3.1, 0, 4.3], '#e5e0d5', '#5b4a3a', '#8d5f43'),
      ...cabinet([4.15, 0, 3.4], [0.4, 0.9, 1.2], '#5d3d28'),
    ],
    camera: eye(2.1),
  },
  {
    name: 'damask dining', size: [4.6, 2.7, 4.8], floor: boards('#7d5535', 0.12), ceiling: white,
    walls: damask('#9aa88f', '#c3ccb8', 0.32), ambient: day,
    panels: [...window_('right', 1.6, 0.8, 1.3, 1.4, 8), ...skirting(everyWall, '#f4f1ea')],
    solids: [
      ...table([2.3, 0, 3.1], '#4a2f1e', [1.6, 0.75, 0.9]), ...chair([1.2, 0, 3], '#39271b', 1.5),
      ...chair([3.4, 0, 3.2], '#39271b', -1.5), ...cabinet([2.3, 0, 4.5], [1.6, 0.85, 0.45], '#4a2f1e'),
      ...hangingLamp([2.3, 1.8, 3.1], tungsten(3)),
    ],
    camera: eye(2.2, 0.15, 0.05),
  },
  {
    name: 'hotel corridor', size: [2.2, 2.6, 9], floor: medallions('#6d2f36', '#b08a4e', 0.5), ceiling: white,
    walls: plain('#d9cbb0'), ambient: [0.22, 0.2, 0.17],
    panels: [
      ...[1.6, 3.6, 5.6].flatMap((left) => [...door('left', left, '#d4c6ab'), ...door('right', left + 0.7, '#d4c6ab')]),
      ...window_('back', 0.7, 1, 0.8, 1.2, 4), ...skirting(everyWall, '#e8dfcc', 0.1),
    ],
    solids: [...hangingLamp([1.1, 2.4, 2.8], tungsten(4)), ...hangingLamp([1.1, 2.4, 6], tungsten(4))],
    camera: eye(1.15),
  },
  {
    name: 'white doors', size: [2.4, 2.6, 6.5], floor: tiled('#b9a58c', '#6d6255', 0.45, 0.06, 0.006), ceiling: white,
    walls: plain('#7f8a93'), ambient: [0.2, 0.2, 0.2],
    panels: [
      ...door('left', 1.9, '#f2f1ee', '#f6f5f2'), ...door('left', 3.9, '#f2f1ee', '#f6f5f2'),
      ...door('right', 2.7, '#f2f1ee', '#f6f5f2'), ...door('back', 0.7, '#f2f1ee', '#f6f5f2'),
      ...skirting(everyWall, '#f4f3f0', 0.1),
    ],
    solids: [...hangingLamp([1.2, 2.3, 2.4], tungsten(4)), ...cabinet([2.2, 0, 4.7], [0.35, 0.85, 0.9], '#3a3f44')],
    camera: eye(1.1, 0.15, 0.03),
  },
  {
    name: 'polished parquet', size: [5, 2.8, 5.6], floor: herringbone('#8a5a34', 0.5, 0.09), ceiling: white,
    walls: plain('#d7dbe0'), ambient: day, polish: 0.05,
    panels: [...window_('back', 0.7, 0.5, 1.2, 1.9, 7), ...window_('back', 3, 0.5, 1.2, 1.9, 7),
      ...skirting(everyWall, '#ffffff', 0.1)],
    solids: [...sofa([4.2, 0, 3.6], '#39505f', 1.9, -1.57), ...table([2.4, 0, 3.6], '#2b221c', [1, 0.4, 0.6]),
      ...plant([0.6, 0, 4.9], 1.3)],
    camera: eye(2.3, 0.15, 0.03),
  },
  {
    name: 'dark bedroom', size: [4.2, 2.5, 4.6], floor: carpet('#4a4f5c', 0.12), ceiling: white,
    walls: plain('#5d5348'), ambient: evening,
    panels: [picture('back', 2.6, 1.4, 0.7, 0.5, 9), curtain('left', 1.6, 1.4, '#3a3f52')],
    solids: [...sofa([2.2, 0, 3.9], '#8b8378', 1.7), ...floorLamp([3.5, 0, 4.1], tungsten(4)),
      ...cabinet([0.6, 0, 4.2], [0.7, 1, 0.5], '#2c2019')],
    camera: eye(2.1), exposure: 0.8,
  },
  {
    name: 'barred sun', size: [4.8, 2.7, 5], floor: boards('#c2a079', 0.16), ceiling: white, walls: plain('#e3dccf'),
    ambient: [0.09, 0.095, 0.11],
    panels: [
      ...[2.75, 3.3, 3.85].map((left) => ({ name: 'frame', wall: 'left' as const, left, bottom: 0.2, width: 0.12,
        height: 2.2, material: plain('#f3f3f0') })),
      ...window_('left', 2.3, 0.2, 2.2, 2.2, 6), ...skirting(everyWall, '#fbfaf7'),
    ],
    solids: [...cabinet([3.2, 0, 4.7], [1.6, 0.6, 0.45], '#55606a'), ...chair([3.6, 0, 3], '#8a4b32', -0.6)],
    sun: { towards: [-1, 0.66, 0.3], light: [7, 6.3, 5] }, camera: eye(2.3), exposure: 0.9,
  },
  {
    name: 'people', size: [4.8, 2.7, 5], floor: boards('#94734f'), ceiling: white, walls: plain('#8fa5b5'),
    ambient: day,
    panels: [...window_('right', 1.8, 0.8, 1.3, 1.4, 8), ...skirting(everyWall, '#f7f5f0'), picture('back', 3.4, 1.3,
      0.7, 0.9, 17)],
    solids: [
      ...person([1.1, 0, 2.9], '#a33b3b', '#2c3a52', skin), ...person([2.2, 0, 3.7], '#f0ece4', '#6e6252', '#7a5036'),
      ...person([3.3, 0, 3.1], '#7d9bb0', '#2b2b2e', skin), ...rug([2.2, 0, 3.2], 1.8, 1.2, '#b9a27c', 0.15),
    ],
    camera: eye(2.2),
  },
  {
    name: 'pine cabin', size: [4.4, 2.5, 4.8], floor: boards('#9c6f42', 0.16), ceiling: boards('#c89c68', 0.12, 0.1),
    walls: boards('#c08f58', 0.12, 0.12), ambient: [0.14, 0.12, 0.09],
    panels: [...window_('left', 1.8, 0.9, 1.1, 1.1, 8)],
    solids: [...cabinet([3.4, 0, 4.4], [1, 1.1, 0.5], '#5f6f5a'), ...sofa([1.6, 0, 4.1], '#8d3f36', 1.7)],
    camera: eye(2.1, 0.15, 0.05),
  },
  {
    name: 'two paints', size: [5, 2.7, 5], floor: boards('#b39468'), ceiling: white, walls: plain('#e9e6df'),
    accents: { right: plain('#3f6a63') }, ambient: day,
    panels: [...window_('left', 2, 0.8, 1.3, 1.4, 8), picture('back', 2.6, 1.3, 0.8, 0.6, 25), ...skirting(everyWall,
      '#ffffff')],
    solids: [...sofa([3, 0, 4.3], '#b9763f', 1.7), ...plant([4.5, 0, 4.4], 1.1)],
    camera: eye(1.4, 0.3, 0.5),
  },
  {
    name: 'spotted nursery', size: [3.8, 2.5, 4.2], floor: carpet('#d8cbb8', 0.1), ceiling: white,
    walls: spots('#f1e6d0', '#d98a7c', 0.3, 0.07), ambient: day,
    panels: [...window_('left', 1.5, 0.9, 1.1, 1.1, 8), curtain('left', 2.65, 0.35, '#8fb0c9')],
    solids: [...cabinet([2.8, 0, 3.9], [1.1, 0.8, 0.45], '#f5f3ee'), ...chair([1, 0, 3.3], '#c98a4b', 0.5)],
    camera: eye(1.9, 0.12, 0.03, -0.1),
  },
  {
    name: 'upright study', size: [3.6, 2.7, 5], floor: boards('#6f4a2f', 0.14), ceiling: white, walls: plain('#5f7a66'),
    ambient: day, isUpright: true,
    panels: [...window_('left', 2.1, 0.8, 1.2, 1.4, 8), picture('back', 1.3, 1.4, 0.7, 0.9, 41), ...skirting(everyWall,
      '#f2efe8')],
    solids: [...table([1.8, 0, 4.4], '#c9a778', [1.4, 0.74, 0.65]), ...chair([1.8, 0, 3.6], '#2b2b2e', 0.2),
      ...bookshelf([3.4, 0, 3.2], [0.35, 1.9, 1.2])],
    camera: eye(1.8, 0.15, 0, -0.12, 1),
  },
  {
    name: 'mixed light', size: [4.6, 2.6, 5], floor: tiled('#a8a39b', '#7f7a72', 0.6, 0.04, 0.005), ceiling: white,
    walls: plain('#ddd6ca'), ambient: [0.06, 0.06, 0.07],
    panels: [
      { name: 'window', wall: 'left', left: 1.4, bottom: 0.8, width: 1.6, height: 1.4, material: plain('#ffffff'),
        glow: [1.4, 2.4, 4.4] },
      picture('back', 2.8, 1.4, 0.6, 0.6, 33),
    ],
    solids: [...floorLamp([4, 0, 4.3], tungsten(9)), ...sofa([2.4, 0, 4.3], '#4d5a45', 1.9), ...table([2.3, 0, 3.1],
      '#20201f', [1, 0.4, 0.6])],
    camera: eye(2.2), exposure: 1.1,
  },
  {
    name: 'panelled lounge', size: [4.8, 2.8, 5], floor: tiled('#f1efe9', '#1f1f21', 0.6, 0.02, 0.01), ceiling: white,
    walls: rails('#4d5f73', 0.6), accents: { back: stripes('#e2dccb', '#a9b3a0', 0.22) }, ambient: day,
    panels: [...window_('right', 1.5, 0.7, 1.5, 1.6, 7)],
    solids: [...sofa([1.9, 0, 4.3], '#c5a24d', 2), ...person([3.6, 0, 3.7], '#5a7d5a', '#2c3040', skin),
      ...rug([1.9, 0, 3], 1.7, 1.1, '#7d3b44')],
    camera: eye(2.3, 0.15, -0.04),
  },
  {
    name: 'brick cellar', size: [4.6, 2.4, 5], floor: plain('#8b8780', 0.06), ceiling: plain('#c9c4bb', 0.03),
    walls: bricks('#b7a799', '#d8d0c4'), ambient: [0.1, 0.095, 0.085],
    panels: [...window_('back', 0.7, 1.4, 1, 0.6, 8), ...door('right', 2.6, '#6e5a45')],
    solids: [...bookshelf([3.3, 0, 4.7], [1.4, 1.9, 0.35]), ...cabinet([0.5, 0, 3.4], [0.6, 0.9, 1.3], '#4d5b52'),
      ...hangingLamp([2.3, 1.9, 3], tungsten(4))],
    camera: eye(2.2, 0.15, 0.02),
  },
];
