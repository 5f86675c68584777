/** When a cut-out is nothing to make a shop's picture of. */
export interface QualityLimits {
  /** Of the photo's pixels, the least share that may be product, above 0. */
  readonly leastShare: number;
  /** And the largest, below 1. */
  readonly mostShare: number;
  /** The least pixels on the longer side of the product. */
  readonly leastPixels: number;
  /** Of cut-outs that are made here: how certain it has to be that they are right, 0 to 1. */
  readonly leastConfidence: number;
}

/** As measured (bench/imaging/product.md): of the scored set's true masks, only a product of 136 pixels is refused. */
export const usualQuality: QualityLimits = {
  leastShare: 0.002, mostShare: 0.97, leastPixels: 200, leastConfidence: 0.5,
};
