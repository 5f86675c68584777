import type { Prices } from '../../imaging/replicate/index.ts';

const entry = /^([a-z0-9._-]+\/[a-z0-9._-]+)=(\d{1,6})(?:\.(\d{1,6}))?\/(s|image)$/;

/** `owner/name=0.000225/s,owner/name=0.04/image`, in micro-dollars; undefined when it is something else. */
export function parsePrices(text: string): Prices | undefined {
  const prices: Record<string, Prices[string]> = {};
  for (const part of text.split(',')) {
    const [, model, whole = '', fraction = '', unit] = entry.exec(part.trim()) ?? [];
    if (model === undefined || Object.hasOwn(prices, model)) return undefined;
    const micro = Number(`${whole}${fraction.padEnd(6, '0')}`);
    prices[model] = unit === 's' ? { perSecond: micro } : { perImage: micro };
  }
  return prices;
}
