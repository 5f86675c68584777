/** What a model costs, in millionths of a US dollar; all integers. */
export type Price = { readonly perSecond: number } | { readonly perImage: number };

/**
 * Per second of each machine, as replicate.com/pricing had it in November 2026. Predictions do not say what they cost.
 */
const machines = { t4: 225, l40s: 975, a100: 1_400 } as const;

/** The machine and how long a prediction usually takes there, both from the model's own page. */
const known: Readonly<Record<string, { readonly perSecond: number; readonly usualSeconds: number }>> = {
  'cjwbw/rembg': { perSecond: machines.t4, usualSeconds: 3.9 },
  'stability-ai/sdxl': { perSecond: machines.l40s, usualSeconds: 5 },
};

/** Of a model that is not known, rather too much: the most expensive of the usual machines. */
const unknown = { perSecond: machines.a100, usualSeconds: 10 };

/** By model, `owner/name`; what is given goes before what is known here. */
export type Prices = Readonly<Record<string, Price>>;

export function estimateMicroUsd(prices: Prices, model: string, images: number): number {
  const { perSecond, usualSeconds } = known[model] ?? unknown;
  const price = prices[model] ?? { perSecond };
  if ('perImage' in price) return price.perImage * images;
  return forSeconds(price.perSecond, usualSeconds * images);
}

/** `seconds`: the time that the prediction ran; null if Replicate did not say. `images`: how many it made. */
export function costMicroUsd(prices: Prices, model: string, seconds: number | null, images: number): number {
  const price = prices[model] ?? { perSecond: (known[model] ?? unknown).perSecond };
  if ('perImage' in price) return price.perImage * images;
  // A prediction that made something has cost something.
  if (seconds === null) return images === 0 ? 0 : estimateMicroUsd(prices, model, images);
  return forSeconds(price.perSecond, seconds);
}

/** Rounded up, exactly: Replicate gives seconds with six decimals. */
function forSeconds(perSecond: number, seconds: number): number {
  return Number((BigInt(perSecond) * BigInt(Math.round(seconds * 1_000_000)) + 999_999n) / 1_000_000n);
}
