/** The most that one report may say a step has cost. US dollars. */
export const maxReportedUsd = 1_000;

/**
 * US dollars as a whole number of micro-dollars, without rounding; null for what is negative, more than
 * `maxReportedUsd` or has more than six decimals. Goes by the shortest decimal that is read back as the same number,
 * which is what was written.
 */
export function microUsdOf(usd: number): number | null {
  if (!Number.isFinite(usd) || usd < 0 || usd > maxReportedUsd) return null;
  // The smallest amounts are written with an exponent.
  const text = usd !== 0 && usd < 1e-6 ? '' : decimal(usd);
  const parts = /^(\d+)(?:\.(\d{1,6}))?$/.exec(text);
  if (parts === null) return null;
  const [, whole = '', fraction = ''] = parts;
  return Number(whole) * 1_000_000 + Number(fraction.padEnd(6, '0'));
}

/** From a millionth on, JavaScript writes numbers without an exponent. */
function decimal(usd: number): string {
  return Object.is(usd, -0) ? '0' : String(usd);
}

/** Exact to the micro-dollar up to 9 billion dollars. */
export function usdOf(microUsd: number): number {
  return microUsd / 1_000_000;
}
