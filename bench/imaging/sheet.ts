import sharp, { type OverlayOptions } from 'sharp';
import type { CaseScore } from './report.ts';

const SIDE = 150;
const LABEL = 18;
const GAP = 6;
const COLUMNS = 4;
const [TILE_WIDTH, TILE_HEIGHT] = [SIDE * 3 + 2 * GAP + 10, SIDE + LABEL + GAP];

interface Sheet {
  /** The photo, the cut-out over a checkerboard, and on white. */
  add(score: CaseScore, photo: Uint8Array, result: Uint8Array | undefined): Promise<void>;
  write(file: string): Promise<void>;
}

export function createSheet(): Sheet {
  const pieces: OverlayOptions[] = [];
  let count = 0;
  return {
    async add(score, photo, result) {
      sharp.unblock({ operation: ['VipsForeignLoadSvgBuffer'] });
      const left = (count % COLUMNS) * TILE_WIDTH + GAP;
      const top = Math.floor(count / COLUMNS) * TILE_HEIGHT + GAP;
      count += 1;
      pieces.push({ input: label(score), left, top });
      const shown = [await fitted(photo), ...(result === undefined ? [] : await cutOuts(result))];
      for (const [index, input] of shown.entries()) {
        pieces.push({ input, left: left + index * (SIDE + GAP), top: top + LABEL });
      }
    },
    async write(file) {
      const [width, height] = [COLUMNS * TILE_WIDTH + GAP, Math.ceil(count / COLUMNS) * TILE_HEIGHT + GAP];
      const ground = sharp({ create: { width, height, channels: 3, background: '#e9e9ec' } });
      const whole = ground.composite(pieces);
      await (file.endsWith('.webp') ? whole.webp({ quality: 72 }) : whole.jpeg({ quality: 78 })).toFile(file);
    },
  };
}

const fitted = (file: Uint8Array): Promise<Buffer> =>
  sharp(file).resize(SIDE, SIDE, { fit: 'inside' }).png().toBuffer();

async function cutOuts(result: Uint8Array): Promise<Buffer[]> {
  const small = await fitted(result);
  const { width, height } = await sharp(small).metadata();
  const board = Buffer.alloc(width * height * 3);
  for (let at = 0; at < width * height; at += 1) {
    const isDark = (Math.floor((at % width) / 8) + Math.floor(at / width / 8)) % 2 === 0;
    board.fill(isDark ? 150 : 200, at * 3, at * 3 + 3);
  }
  const over = sharp(board, { raw: { width, height, channels: 3 } }).composite([{ input: small }]);
  return [await over.png().toBuffer(), await sharp(small).flatten({ background: '#ffffff' }).png().toBuffer()];
}

/** Its kind, its name and how it went; red where a wrong cut-out was given out as done. */
function label({ kind, name, outcome, iou }: CaseScore): Buffer {
  const colour = outcome !== 'done' ? '#8a6d00' : (iou ?? 0) < 0.8 ? '#b00020' : '#1b5e20';
  const text = `${kind}: ${name} — ${outcome === 'done' ? `IoU ${iou?.toFixed(3)}` : outcome}`;
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE * 3 + 2 * GAP}" height="${LABEL}">` +
      `<text x="0" y="13" font-family="sans-serif" font-size="12" fill="${colour}">${text}</text></svg>`,
  );
}
