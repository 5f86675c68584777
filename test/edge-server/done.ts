import sharp from 'sharp';
import { expect } from 'vitest';
import type { User } from '../contract/user.ts';

/** Both photos of the set, 80 × 60, have their results and previews, and are charged. */
export async function expectDone(user: User, jobId: string): Promise<void> {
  const { body } = await user.get(`/api/jobs/${jobId}`);
  expect(body.data).toMatchObject({ status: 'done', progress: { done: 2, failed: 0, total: 2 } });
  for (const { outputUrl, previewUrl } of body.data.items) {
    const result = await sharp(await (await fetch(outputUrl)).arrayBuffer()).metadata();
    expect(result).toMatchObject({ format: 'png', width: 80, height: 60 });
    expect((await sharp(await (await fetch(previewUrl)).arrayBuffer()).metadata()).format).toBe('webp');
  }
  expect(await user.me()).toMatchObject({ credits: 8, reserved: 0, spent: 2, activeJobs: 0 });
}
