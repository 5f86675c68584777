import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/main/config/load.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-themes-'));
afterAll(() => rmSync(folder, { recursive: true }));

const backdrops = [{ style: 'sweep', wall: '#203040', floor: '#304050' }];
const load = (text: string) => {
  const file = join(folder, 'themes.json');
  writeFileSync(file, text);
  return loadConfig({ flags: {}, env: { WAYBILL_DEV: 'true', THEMES_FILE: file } });
};

describe('a file of themes', () => {
  it('adds to the themes that ship, and replaces those of the same name', () => {
    const loaded = load(JSON.stringify([
      { name: 'spring', light: 'right', backdrops }, { name: 'dark', title: 'Ours', shadow: 0, backdrops },
    ]));
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    const looks = loaded.config.productImages?.looks;
    expect([...(looks?.keys() ?? [])]).toEqual(['default', 'halloween', 'christmas', 'valentines', 'dark', 'spring']);
    expect(looks?.get('dark')).toMatchObject({ title: 'Ours', shadow: 0, variants: 2 });
    expect(looks?.get('spring')).toMatchObject({ title: 'spring', light: 'right', backdrops: [{ accents: [] }] });
  });

  it.each<[string, unknown, string]>([
    ['no JSON', '[{', 'is not JSON'],
    ['no list', { name: 'x' }, 'must be'],
    ['no theme', [], 'must not be empty'],
    [
      'a wrong colour', [{ name: 'a', backdrops: [{ ...backdrops[0], wall: 'red' }] }],
      '0.backdrops.0.wall must be a colour',
    ],
    ['an unknown style', [{ name: 'a', backdrops: [{ ...backdrops[0], style: 'wood' }] }], '0.backdrops.0.style'],
    ['no backdrop', [{ name: 'a', backdrops: [] }], '0.backdrops'],
    ['a name that no webhook can say', [{ name: 'a b', backdrops }], '0.name'],
    [
      'a margin without room for the product',
      [{ name: 'a', backdrops, margins: { top: 0.5, bottom: 0, sides: 0 } }], '0.margins.top',
    ],
    ['too many variants', [{ name: 'a', backdrops, variants: 5 }], '0.variants'],
    ['an aspect twice', [{ name: 'a', backdrops, aspects: ['1x1', '1x1'] }], '0.aspects must have each only once'],
    ['a misspelled field', [{ name: 'a', backdrops, shadows: 1 }], 'shadows'],
    ['a theme twice', [{ name: 'a', backdrops }, { name: 'a', backdrops }], 'has the theme a twice'],
  ])('with %s is refused, and the message says where', (_, content, message) => {
    const loaded = load(typeof content === 'string' ? content : JSON.stringify(content));
    expect(loaded).toMatchObject({ ok: false, problems: [{ option: 'themesFile' }] });
    expect(JSON.stringify(loaded)).toContain(message);
  });

  it('that is not there is refused', () => {
    const loaded = loadConfig({ flags: {}, env: { WAYBILL_DEV: 'true', THEMES_FILE: join(folder, 'none.json') } });
    expect(JSON.stringify(loaded)).toContain('none.json) cannot be read: ENOENT');
  });
});
