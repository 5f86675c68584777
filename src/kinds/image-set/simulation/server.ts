import type { Server } from '../../../testing/simulator/server.ts';
import type { ImageSetApplication } from '../application/application.ts';
import { imageSet } from '../domain/kind.ts';

/** What a simulated server does with image sets. */
export function imageSetsAt({ kinds }: Server): Required<ImageSetApplication> {
  return kinds[imageSet.name] as Required<ImageSetApplication>;
}
