/** What a product is shown in: what is behind it, from where the light comes, and how it stands in the picture. */

/** Shapes of finished pictures, width by height. */
export const aspects = ['1x1', '4x5', '16x9'] as const;
export type Aspect = (typeof aspects)[number];

/**
 * - `sweep`: paper that curves from the wall to the floor without a line
 * - `spotlight`: a glow of light behind the product, dark towards the corners
 * - `plaster`: a rough wall above a smooth table
 * - `window`: the light of a window on wall and table
 * - `arch`: an arch cut out of paper, in the accent colour
 * - `bokeh`: lights out of focus, in the accent colours, above a table that mirrors them
 * - `mist`: fog over the floor, in the accent colour
 */
export const backdropStyles = ['sweep', 'spotlight', 'plaster', 'window', 'arch', 'bokeh', 'mist'] as const;
export type BackdropStyle = (typeof backdropStyles)[number];

/** From where the light comes; shadows fall to the other side, or straight behind. */
export const lights = ['left', 'right', 'above'] as const;
export type Light = (typeof lights)[number];

/** A background that is made here, without a model. Colours are `#rrggbb`. */
export interface Backdrop {
  readonly style: BackdropStyle;
  readonly light: Light;
  readonly wall: string;
  readonly floor: string;
  /** Of the arch, the lights or the fog; the other styles use none. */
  readonly accents: readonly string[];
}

/** How products are put on a background. */
export interface Placement {
  readonly light: Light;
  /** How dark the shadow is: 0 for none, 1 for black where the product touches the ground. */
  readonly shadow: number;
  /** What is left free, as shares of the picture's height (top, bottom) and of its width (each side); 0 to 0.4. */
  readonly margins: Margins;
}

export interface Margins {
  readonly top: number;
  readonly bottom: number;
  readonly sides: number;
}

/** Of the smaller pictures that are made of finished ones. */
export const derivativeFormats = ['jpeg', 'png', 'webp', 'avif'] as const;
export type DerivativeFormat = (typeof derivativeFormats)[number];
