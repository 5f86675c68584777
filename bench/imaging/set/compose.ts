import type { Background } from './backgrounds.ts';
import { shoot, type Composed, type Shadow } from './frame.ts';
import { render, type Rendered } from './layer.ts';
import { between, seeded } from './random.ts';
import type { Draw } from './subjects/products.ts';

export interface Scene {
  /** What the subject is: a drawing, or a cut-out of a photo at a side in pixels. */
  readonly subject: { readonly draw: Draw } | { readonly photo: (side: number) => Promise<Rendered> };
  readonly on: Background;
  /** Of the frame in pixels; by default one of the usual shapes between 600 and 1600. */
  readonly size?: readonly [width: number, height: number];
  /** Side of the subject's square, as a share of the frame's shorter side; 0.86 by default. */
  readonly scale?: number;
  /** Centre of the square in fractions of the frame. */
  readonly at?: readonly [x: number, y: number];
  readonly shadows?: readonly Shadow[];
  /** Of a polished table, how much of the subject it mirrors (0..1). */
  readonly reflection?: number;
  readonly vignette?: number;
  readonly noise?: number;
  readonly quality?: number;
}

const SIZES = [
  [1200, 900],
  [1000, 1000],
  [900, 1200],
  [1600, 1067],
  [1280, 960],
  [800, 800],
  [1067, 1600],
  [640, 800],
] as const;

/** The same picture for the same name and scene, on every machine. */
export async function compose(name: string, scene: Scene): Promise<Composed> {
  const random = seeded(name);
  const [width, height] = scene.size ?? SIZES[Math.floor(random() * SIZES.length)]!;
  const side = Math.round(Math.min(width, height) * (scene.scale ?? 0.86));
  const [x, y] = scene.at ?? [0.5, 0.5];
  const seed = Math.floor(random() * 1e6);
  const { subject } = scene;
  return shoot({
    width,
    height,
    background: await scene.on(width, height, random),
    subject: 'draw' in subject ? await render(subject.draw(random), side, seed) : await subject.photo(side),
    left: Math.round(width * x - side / 2),
    top: Math.round(height * y - side / 2),
    shadows: scene.shadows ?? [],
    reflection: scene.reflection ?? 0,
    vignette: scene.vignette ?? between(random, 0, 0.12),
    noise: scene.noise ?? between(random, 0.8, 3.5),
    quality: scene.quality ?? Math.round(between(random, 70, 95)),
    random,
  });
}
