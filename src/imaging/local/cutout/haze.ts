import { boxMean, plane, smoothstep, type Plane } from '../raster/filter.ts';

/**
 * Where alpha stays between 0 and 1 over a wide area without any detail, nothing there is transparent: the model was in
 * two minds, and the colours did not tell. Detail is the variance of alpha as a share of the most that its mean allows:
 * 1 at an edge and in strands of hair, 0 in haze.
 */
const RADIUS = 8;
/** Of detail: haze for sure, and none. */
const [HAZE, NONE] = [0.25, 0.6];
/** Half the range of alpha that is kept soft, in haze and elsewhere. */
const [FIRM, SOFT] = [0.05, 0.5];

/** Makes haze one or the other. `alpha` is 0..1, at about 900 cells a side. */
export function decided(alpha: Plane): Plane {
  const { width, height, data } = alpha;
  const means = boxMean(alpha, RADIUS).data;
  const squares = boxMean({ width, height, data: data.map((value) => value * value) }, RADIUS).data;
  const out = plane(width, height);
  for (let at = 0; at < data.length; at += 1) {
    const most = means[at]! * (1 - means[at]!);
    const detail = most < 0.01 ? 1 : (squares[at]! - means[at]! ** 2) / most;
    const doubt = 1 - smoothstep(HAZE, NONE, detail);
    const soft = SOFT + (FIRM - SOFT) * doubt;
    out.data[at] = doubt === 0 ? data[at]! : smoothstep(0.5 - soft, 0.5 + soft, data[at]!);
  }
  return out;
}
