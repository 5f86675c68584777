import { InvariantViolation } from '../errors.ts';
import type { Labels } from './job.ts';

/** Of one job: how many labels it has at most, and how long each is, in UTF-16 code units. */
export const labelLimits = { count: 16, name: { min: 1, max: 63 }, value: { min: 0, max: 255 } } as const;

const none: Labels = Object.freeze({});

/**
 * The labels as they are kept. Throws when there are too many, or one is too long or has characters that no
 * store keeps (NUL, half of a surrogate pair): a kind takes none such in.
 */
export function boundedLabels(jobId: string, labels: Labels = none): Labels {
  if (labels === none) return none;
  const broken = (what: string): never => {
    throw new InvariantViolation(`job ${jobId}: ${what}`);
  };
  const entries = Object.entries(labels);
  const { count, name: names, value: values } = labelLimits;
  if (entries.length > count) broken(`${entries.length} labels, and at most ${count} are kept`);
  for (const [name, value] of entries) {
    const called = `its label ${JSON.stringify(name)}`;
    if (!isKept(name, names)) broken(`${called} has no name of ${names.min} to ${names.max} characters`);
    if (!isKept(value, values)) broken(`${called} has no value of at most ${values.max} characters`);
  }
  return labels;
}

function isKept(text: string, { min, max }: { readonly min: number; readonly max: number }): boolean {
  return text.length >= min && text.length <= max && text.isWellFormed() && !text.includes('\0');
}
