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

/** A model's mask and nothing else, of the built-in one or the one in a file: enlarged to the picture, cut at one ' +
  'half. */
export function modelAlone(segmentModel: string | undefined): Alone {
  const models = createModels({ runtime: 'auto', segmentModel });
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
