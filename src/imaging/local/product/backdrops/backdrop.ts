import type { Backdrop } from '../../../../domain/scene.ts';
import { randomFrom } from '../random.ts';
import { bokeh, mist } from './night.ts';
import { colourOf, drawn, type Painting, type Rgb8 } from './painting.ts';
import { stageFor } from './stage.ts';
import { arch, plaster, spotlight, sweep, windowLight } from './studio.ts';

/** The same seed gives the same bytes, another one other light: half a second to two at 2,048 pixels a side. */
export function drawBackdrop(backdrop: Backdrop, width: number, height: number, seed: number): Rgb8 {
  return drawn(paintingOf(backdrop, seed), width, height, seed);
}

function paintingOf({ style, light, ...colours }: Backdrop, seed: number): Painting {
  const stage = stageFor(light, randomFrom(seed));
  const [wall, floor] = [colourOf(colours.wall), colourOf(colours.floor)];
  const accents = colours.accents.length === 0 ? [wall] : colours.accents.map(colourOf);
  const accent = accents[0]!;
  switch (style) {
    case 'sweep':
      return sweep(wall, floor, stage);
    case 'spotlight':
      return spotlight(wall, floor, stage);
    case 'plaster':
      return plaster(wall, floor, stage);
    case 'window':
      return windowLight(wall, floor, stage);
    case 'arch':
      return arch(wall, floor, accent, stage);
    case 'bokeh':
      return bokeh(wall, floor, accents, stage);
    case 'mist':
      return mist(wall, floor, accent, stage);
  }
}
