import type { Config } from './config.ts';
import type { OptionValues } from './options.ts';

/** Zero is for ever, and so is what is wrong. */
export function objectRetentionFrom({
  objectRetentionDays, inputRetentionDays, canceledObjectRetentionHours,
}: OptionValues): Config['limits']['objectRetention'] {
  const days = (count: number | undefined): number | null => (count ? count * 86_400_000 : null);
  return {
    results: days(objectRetentionDays),
    inputs: days(inputRetentionDays),
    discarded: canceledObjectRetentionHours ? canceledObjectRetentionHours * 3_600_000 : null,
  };
}

/**
 * How long sets of photos that have ended are kept: as long as other jobs, and as any of their objects. Null: for ever.
 * Milliseconds.
 */
export function setRetentionFrom(values: OptionValues): number | null {
  const kept = Object.values(objectRetentionFrom(values));
  const days = values.retentionDays;
  if (!days || kept.includes(null)) return null;
  return Math.max(days * 86_400_000, ...kept.map(Number));
}
