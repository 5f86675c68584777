import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ImageRejected, type Concept, type Restyler } from '../../src/imaging/local/index.ts';
import { createRememberingRestyler } from './remembered.ts';
import { recolored, removed, sample, textured, toned } from './samples.ts';

// A picture takes 2 to 4 s of one core, and several suites share the cores.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

let restyler: Restyler;
beforeAll(async () => {
  restyler = await createRememberingRestyler();
});
afterAll(() => restyler.close());

async function rejection(concepts: Record<string, Concept>, protect: string[] = []): Promise<ImageRejected> {
  const run = restyler.restyle({ image: await sample('cat'), concepts, protect });
  const error = await run.then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(ImageRejected);
  return error as ImageRejected;
}

const box = [0.1, 0.1, 0.4, 0.4] as const;
const wishes: readonly (readonly [what: string, concepts: Record<string, Concept>, code: string, says: RegExp])[] = [
  ['no wish at all', {}, 'invalid_concept', /name at least one part/],
  ['a name of no meaning', { zeitgeist: toned('warm') }, 'no_mask', /"zeitgeist".*box.*background, .*subject/],
  ['a sofa where there is none', { sofa: toned('warm') }, 'no_mask', /"sofa".*draw a box/],
  ['an unknown colour', { background: recolored('greenish') }, 'invalid_concept', /"greenish".*white.*#rrggbb/],
  ['a colour of five digits', { background: recolored('#12345') }, 'invalid_concept', /#12345/],
  ['no colour', { background: recolored('') }, 'invalid_concept', /has no colour: choose white/],
  ['no tone', { room: toned('') }, 'invalid_concept', /has no tone: choose warm, cool, .*mono/],
  ['an unknown tone', { room: toned('spooky') }, 'invalid_concept', /"spooky".*warm/],
  ['a strength above all', { room: toned('warm 400%') }, 'invalid_concept', /400 %.*5 to 100/],
  ['an unknown texture', { room: textured('marble') }, 'invalid_concept', /"marble".*linen.*studio/],
  ['a value for a removal', { background: { action: 'remove', value: 'red' } }, 'invalid_concept', /leave it empty/],
  ['removing the subject', { product: removed }, 'invalid_concept', /behind it is not known.*background/],
  ['removing a person', { person: removed }, 'invalid_concept', /behind it is not known/],
  ['a box beyond the picture', { rug: { ...toned('warm'), box: [0.8, 0, 0.4, 1] } }, 'invalid_concept', /"rug"/],
  ['a box of no width', { rug: { ...toned('warm'), box: [0.8, 0, 0, 1] } }, 'invalid_concept', /box/],
  ['a box that is no number', { rug: { ...toned('warm'), box: [Number.NaN, 0, 1, 1] } }, 'invalid_concept', /box/],
  ['erasing a large box', { spot: { ...removed, box } }, 'invalid_concept', /too large.*6 %/],
  ['a backdrop for a thing', { cup: { ...textured('studio'), box } }, 'invalid_concept', /backdrop/],
  ['an unknown action', { room: { action: 'melt' as 'tone', value: '' } }, 'invalid_concept', /recolor, tone/],
  ['a name of nothing', { ' ': toned('warm') }, 'invalid_concept', /no name/],
];

test.each(wishes)('the restyler refuses %s', async (_what, concepts, code, says) => {
  const error = await rejection(concepts);
  expect(error.message).toMatch(says);
  expect(error.code).toBe(code);
});

test('the restyler refuses to protect what it cannot locate', async () => {
  const error = await rejection({ room: toned('warm') }, ['curtains']);
  expect(error).toMatchObject({ code: 'no_mask', message: expect.stringMatching(/"curtains".*person/) });
});

test('the restyler refuses when the whole picture is protected', async () => {
  const error = await rejection({ background: toned('warm') }, ['picture']);
  expect(error).toMatchObject({ code: 'no_mask', message: expect.stringMatching(/protect less/) });
});

test('the restyler refuses more concepts than its limit', async () => {
  const many = Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`thing ${at}`, { ...toned('warm'), box }]));
  expect((await rejection(many)).code).toBe('invalid_concept');
});

test('the restyler refuses a wish for a person in the picture of a cat', async () => {
  const error = await rejection({ person: recolored('blue') });
  expect(error).toMatchObject({ code: 'no_mask', message: expect.stringMatching(/No person was found/) });
});

test('the restyler refuses a wish for a face in the picture of a cat', async () => {
  expect((await rejection({ face: toned('mono') })).code).toBe('no_mask');
});

test('the restyler refuses to erase from a patterned surface', async () => {
  const spot: Concept = { ...removed, box: [0.55, 0.05, 0.12, 0.12] };
  const error = await rejection({ spot });
  expect(error).toMatchObject({ code: 'invalid_concept', message: expect.stringMatching(/detailed/) });
});
