import { levelOf, linearOf, type Rgb } from './colour.ts';

/**
 * Oklab (Ottosson, 2020) to and from 8-bit sRGB. L is 0..1. It keeps the hue of blues where Lab turns them to purple,
 * and since its axes are cube roots of light, a paint in another light is the same three numbers times one factor.
 */
type Oklab = readonly [lightness: number, a: number, b: number];

export function oklabOf([red, green, blue]: Rgb): Oklab {
  const [r, g, b] = [linearOf[red]!, linearOf[green]!, linearOf[blue]!];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** Of a colour outside sRGB so much chroma is taken away that it fits; its lightness and hue stay. */
export function fromOklab(lightness: number, a: number, b: number, out: Uint8Array): void {
  const level = Math.min(1, Math.max(0, lightness));
  let chroma = 1;
  for (let attempt = 0; attempt < 12; attempt += 1) {
    const l = (level + 0.3963377774 * a * chroma + 0.2158037573 * b * chroma) ** 3;
    const m = (level - 0.1055613458 * a * chroma - 0.0638541728 * b * chroma) ** 3;
    const s = (level - 0.0894841775 * a * chroma - 1.291485548 * b * chroma) ** 3;
    const red = 4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s;
    const green = -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s;
    const blue = -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s;
    const fits = Math.min(red, green, blue) >= -0.002 && Math.max(red, green, blue) <= 1.004;
    if (fits || attempt === 11) {
      out[0] = Math.round(levelOf(red));
      out[1] = Math.round(levelOf(green));
      out[2] = Math.round(levelOf(blue));
      return;
    }
    chroma *= 0.86;
  }
}
