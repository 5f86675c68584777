import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import type { Photo } from './rooms.ts';

/** In a picture of 896 x 1343: what is one thing without doubt. All around them is left open. */
const outlines: Readonly<Record<string, readonly string[]>> = {
  floor: [
    '680,850 890,785 890,1335 620,1335 700,1160 722,1000',
    '640,725 745,695 750,780 650,812',
    '5,640 30,672 175,662 258,692 330,692 260,722 165,795 60,812 5,850',
    '3,1000 34,1000 34,1200 3,1330',
    '3,1280 60,1290 200,1336 3,1336',
  ],
  wall: [
    '165,228 320,228 320,430 250,452 250,565 172,570',
    '585,228 800,228 800,262 662,262 650,340 590,380', '778,310 800,310 800,395 778,395',
    '490,215 575,260 575,380 490,395',
  ],
  sofa: [
    '75,1010 180,965 290,995 420,1012 540,965 610,845 678,980 676,1090 635,1180 560,1285 330,1280 85,1225 65,1100',
  ],
  drum: ['295,820 335,722 410,692 488,732 536,840 526,930 440,990 345,940', '195,830 268,785 268,900 200,915'],
  table: ['275,462 600,398 820,432 520,500', '262,590 450,612 515,600 515,690 275,660'],
  speaker: ['12,62 130,62 155,600 45,608'],
  'glass blocks': ['165,12 808,12 808,195 480,195 480,160 430,160 430,195 165,195'],
  post: ['832,20 885,20 885,620 858,620'],
  bottle: ['420,300 468,300 468,435 420,435'],
};

/** The photo of a room among the examples. */
export const interior = {
  name: 'interior.jpg',
  async photo(): Promise<Photo> {
    const file = readFileSync(new URL('../../../examples/photos/interior.jpg', import.meta.url));
    const { data, info } = await sharp(file).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    const masks = new Map<string, Uint8Array>();
    const unknown = new Uint8Array(width * height).fill(255);
    for (const [name, shapes] of Object.entries(outlines)) {
      const drawn = shapes.map((points) => `<polygon points="${points}" fill="#fff"/>`).join('');
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 896 1343" preserveAspectRatio="none" ` +
        `width="${width}" height="${height}">${drawn}</svg>`;
      const mask = new Uint8Array(await sharp(Buffer.from(svg)).flatten({ background: '#000' }).extractChannel(0)
        .raw().toBuffer());
      mask.forEach((value, at) => {
        if (value > 0) unknown[at] = 0;
      });
      masks.set(name, mask);
    }
    masks.set('unknown', unknown);
    return { width, height, data, masks };
  },
};
