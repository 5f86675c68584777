import sharp from 'sharp';
import { salience } from '../../src/imaging/local/cutout/segmentation.ts';
import { createModels } from '../../src/imaging/local/models/models.ts';
import { resized } from '../../src/imaging/local/raster/filter.ts';
import { overlapOf, type Scores } from './measures.ts';
import type { Composed } from './set/frame.ts';

interface Alone {
  score(right: Composed): Promise<Pick<Scores, 'iou' | 'boundary'>>;
  close(): Promise<void>;
}

/** The built-in model's mask and nothing else: enlarged to the picture, cut at one half. */
export function modelAlone(): Alone {
  const models = createModels('wasm');
  return {
    async score(right) {
      const { data, info } = await sharp(right.photo).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
      const rough = await salience(models, { width: info.width, height: info.height, data });
      const mask = resized(rough, right.width, right.height);
      return overlapOf(Uint8Array.from(mask.data, (value) => Math.round(255 * value)), right);
    },
    close: () => models.close(),
  };
}
