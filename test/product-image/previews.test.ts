import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../cli/program.ts';
import { openTestServer } from '../server/server.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-previews-'));
const themesFile = join(folder, 'themes.json');
const cup = readFileSync(new URL('../../bench/imaging/given/cup-alpha.png', import.meta.url));
let server: Awaited<ReturnType<typeof openTestServer>>;

beforeAll(async () => {
  const backdrops = [{ style: 'sweep', wall: '#203040', floor: '#304050' }];
  writeFileSync(themesFile, JSON.stringify([{ name: 'ours', aspects: ['4x5'], backdrops }]));
  server = await openTestServer({ THEMES_FILE: themesFile, THEMES: 'default,ours', STUDIO_PROCESSES: '1' });
});
afterAll(async () => {
  await server.remove();
  rmSync(folder, { recursive: true });
});

interface Asked {
  readonly theme?: string;
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly type?: string;
}

function preview({ theme = 'dark', body = new Uint8Array(cup), type = 'image/png' }: Asked) {
  const headers = { authorization: 'Bearer op', 'content-type': type };
  return fetch(`${server.url}/api/themes/${theme}/preview`, { method: 'POST', body, headers });
}

async function refusal(response: Response): Promise<{ code: string; message: string }> {
  return ((await response.json()) as { error: { code: string; message: string } }).error;
}

describe('themes', () => {
  it('are listed with those of the file, which take from the default what they leave out', async () => {
    const response = await fetch(`${server.url}/api/themes`, { headers: { authorization: 'Bearer op' } });
    const { data: { themes } } = (await response.json()) as any;
    expect(themes.map(({ name, isTaken }: any) => [name, isTaken])).toEqual([
      ['default', true], ['halloween', false], ['christmas', false], ['valentines', false], ['dark', false],
      ['ours', true],
    ]);
    const [usual, ours] = [themes.at(0), themes.at(-1)];
    expect(ours).toMatchObject({ title: 'ours', aspects: ['4x5'], prompt: usual.prompt, margins: usual.margins });
    const listed = await run(['product', 'themes'], { env: { WAYBILL_SERVER: server.url, WAYBILL_TOKEN: 'op' } });
    expect(listed.stdout).toMatch(/^ours +ours +4x5 +2 +sweep +file +yes$/m);
  });
});

describe('a preview of a theme', () => {
  it('is a finished image of the photo in a file, and leaves no job behind', async () => {
    const [photo, out] = [join(folder, 'cup.png'), join(folder, 'out.jpg')];
    writeFileSync(photo, cup);
    const env = { WAYBILL_SERVER: server.url, WAYBILL_TOKEN: 'op' };
    const args = ['product', 'preview', photo, '--theme', 'ours', '--aspect', '16x9', '--out', out];
    expect(await run(args, { env })).toMatchObject({ status: 0, stdout: `${out}\n` });
    expect(await sharp(readFileSync(out)).metadata()).toMatchObject({ format: 'jpeg', width: 2048, height: 1152 });
    const jobs = await fetch(`${server.url}/api/jobs`, { headers: { authorization: 'Bearer op' } });
    expect(((await jobs.json()) as any).data.total).toBe(0);
  }, 60_000);

  it('is refused with the reason for what is no photo, and for a product that is too small', async () => {
    const broken = await preview({ body: new Uint8Array(cup.subarray(0, 20_000)) });
    expect([broken.status, (await refusal(broken)).message]).toEqual([400, expect.stringContaining('damaged')]);
    const small = await sharp(cup).resize(150).png().toBuffer();
    const tiny = await preview({ body: new Uint8Array(small) });
    expect([tiny.status, (await refusal(tiny)).message]).toEqual([400, expect.stringContaining('pixels large')]);
    const empty = await preview({ body: new Uint8Array() });
    expect([empty.status, (await refusal(empty)).code]).toEqual([400, 'invalid_request']);
    expect((await preview({ type: 'application/json' })).status).toBe(415);
  }, 60_000);

  it('is refused for an unknown theme', async () => {
    const unknown = await preview({ theme: 'easter' });
    expect([unknown.status, (await refusal(unknown)).code]).toEqual([404, 'not_found']);
  });
});
