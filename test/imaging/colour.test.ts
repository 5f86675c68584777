import { expect, test } from 'vitest';
import { chromaOf, colourNames, fromLab, labOf, parseColour } from '../../src/imaging/local/raster/colour.ts';

test('the conversion to Lab is right at the corners of sRGB', () => {
  const corners = [
    ['#ffffff', [100, 0, 0]],
    ['#000000', [0, 0, 0]],
    ['#ff0000', [53.24, 80.09, 67.2]],
    ['#0000ff', [32.3, 79.19, -107.86]],
    ['#808080', [53.59, 0, 0]],
  ] as const;
  for (const [hex, lab] of corners) {
    labOf(parseColour(hex)!).forEach((value, channel) => expect(value).toBeCloseTo(lab[channel]!, 0));
  }
});

test('a colour converted to Lab and back differs by at most one step of 255', () => {
  const out = new Uint8Array(3);
  for (let index = 0; index < 4_096; index += 1) {
    const rgb = [(index >> 8) * 17, ((index >> 4) & 15) * 17, (index & 15) * 17] as const;
    fromLab(...labOf(rgb), out, 0);
    rgb.forEach((value, channel) => expect(Math.abs(out[channel]! - value)).toBeLessThanOrEqual(1));
  }
});

test('a Lab colour outside sRGB is moved towards grey and keeps its lightness', () => {
  const out = new Uint8Array(3);
  fromLab(60, -120, 90, out, 0);
  const lab = labOf([out[0]!, out[1]!, out[2]!]);
  expect(lab[0]).toBeCloseTo(60, 0);
  expect(chromaOf(lab)).toBeGreaterThan(40);
});

test('a colour is read from short and long hex and every name, and from nothing else', () => {
  expect(parseColour('#FA0')).toEqual([255, 170, 0]);
  expect(parseColour(' #1e66D0 ')).toEqual([30, 102, 208]);
  for (const name of colourNames) expect(parseColour(name), name).toBeDefined();
  for (const wrong of ['', '#', '#12', '#1234', '#gggggg', 'rgb(0,0,0)', 'constructor', 'blackish']) {
    expect(parseColour(wrong), wrong).toBeUndefined();
  }
});
