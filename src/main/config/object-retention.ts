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
