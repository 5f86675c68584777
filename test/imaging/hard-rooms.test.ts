import { afterAll, describe, expect, test, vi } from 'vitest';
import type { Rendered } from '../../bench/imaging/rooms/render.ts';
import { scoreOf } from '../../bench/imaging/rooms/truth.ts';
import { ImageRejected } from '../../src/imaging/local/index.ts';
import { deadlineIn } from '../../src/imaging/local/deadline.ts';
import { createModels } from '../../src/imaging/local/models/models.ts';
import type { PlaneName } from '../../src/imaging/local/rooms/names.ts';
import { createRoomLocator } from '../../src/imaging/local/rooms/room.ts';
import { hardRoom } from './kept-rooms.ts';
import { createRuntime } from './remembered-runtime.ts';

// Several suites share the cores.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const models = createModels({ runtime: await createRuntime(), segmentModel: undefined });
afterAll(() => models.close());

async function planeOf(photo: Rendered, plane: PlaneName): Promise<Uint8Array> {
  const room = createRoomLocator(models, photo, deadlineIn(600_000, undefined), async () => undefined);
  return (await room.plane(plane, plane, undefined)).mask.data;
}

const truthsOf = (photo: Rendered, plane: PlaneName): Uint8Array[] =>
  [...photo.masks].filter(([name]) => name.endsWith(plane)).map(([, truth]) => truth);

describe('in a room', () => {
  const found: readonly (readonly [kind: string, room: string, plane: PlaneName, least: number])[] = [
    ['of white walls, whose crease is hardly seen, the', 'white attic', 'ceiling', 0.93],
    ['papered with a large pattern, the', 'damask dining', 'wall', 0.93],
    ['with a lamp on a cord before it, the', 'damask dining', 'ceiling', 0.93],
    ['with doors of the colour of its walls, the', 'hotel corridor', 'wall', 0.8],
    ['with white doors in grey walls, the', 'white doors', 'wall', 0.8],
    ['with tiles and skirting boards, the', 'white doors', 'floor', 0.93],
    ['with the shadows of bars across the sun, the', 'barred sun', 'floor', 0.85],
    ['with people in it, the', 'people', 'wall', 0.85],
    ['with walls of two paints, the', 'two paints', 'ceiling', 0.93],
    ['of brick, the', 'brick cellar', 'wall', 0.9],
  ];
  test.each(found)('%s (%s) %s is found', async (_kind, name, plane, least) => {
    const photo = await hardRoom(name);
    const { likeness, leak } = scoreOf(await planeOf(photo, plane), truthsOf(photo, plane), photo);
    expect(likeness).toBeGreaterThan(least);
    expect(leak).toBeLessThan(0.2);
  });

  const refused: readonly (readonly [kind: string, room: string, plane: PlaneName, says: RegExp])[] = [
    ['nearly black, the', 'dark bedroom', 'wall', /wall cannot be told/],
    ['with walls of two paints, a', 'two paints', 'wall', /several surfaces that may be the wall/],
    ['with a carpet of large figures, the', 'hotel corridor', 'floor', /draw a box/],
    ['with joints as dark as the shadows on its tiles, the', 'panelled lounge', 'floor', /draw a box/],
    ['half in lamplight and half in daylight, the', 'mixed light', 'floor', /draw a box/],
  ];
  test.each(refused)('%s (%s) %s is refused', async (_kind, name, plane, says) => {
    const error = await planeOf(await hardRoom(name), plane).then(() => undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(ImageRejected);
    expect(error).toMatchObject({ code: 'no_mask', message: expect.stringMatching(says) });
  });
});
