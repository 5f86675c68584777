import * as z from 'zod';
import type { Labels } from '../domain/job/job.ts';
import { labelLimits } from '../domain/job/labels.ts';
import { line } from './fields.ts';

const names = z.registry<{ readonly label: string }>();

/** A parameter for each label: `sku=A-17` for `label=sku:A-17`. Not known to types, as each deployment has its own. */
export function labelParameters(labelNames: readonly string[]): Record<never, never> {
  const parameters = labelNames.map((label) => {
    const schema = z.string().min(1).max(labelLimits.value.max).exactOptional()
      .describe(`As \`label=${label}:…\`.`);
    names.add(schema, { label });
    return [label, schema] as const;
  });
  return Object.fromEntries(parameters);
}

/** The labels that a query asks for by the parameters of `labelParameters`; undefined: by none. */
export function labelsIn(shape: Readonly<Record<string, unknown>>, query: object): Labels | undefined {
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] => {
    const label = names.get(shape[name] as z.ZodType)?.label;
    return label === undefined ? [] : [[label, String(value)]];
  });
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

/** What a query asks for by labels, each as `name:value`. */
export const labels = z
  .array(z.string().regex(/^[^:\u0000-\u001f\u007f]{1,63}:[^\u0000-\u001f\u007f]{0,255}$/, {
    error: 'must be name:value, the name with 1 to 63 characters, the value with up to 255',
  }))
  .min(1)
  .max(labelLimits.count)
  .transform((given) => given.map((label) => [label.slice(0, label.indexOf(':')), label.slice(label.indexOf(':') + 1)]))
  .refine((given) => new Set(given.map(([name]) => name)).size === given.length, {
    error: 'must not repeat a label',
  })
  .transform((given) => Object.fromEntries(given) as Labels)
  .describe('Of jobs with this label, as `name:value`; given several times, of those that have all of them.');

const labelName = z
  .string()
  .regex(/^[^:=,\s\u0000-\u001f\u007f]{1,63}$/, {
    error: 'must have a name of 1 to 63 characters without spaces, commas, : and =',
  });

/** Names and values that somebody gives something, at most `most` of them. */
export function labelsOf(most: number) {
  return z
    .record(labelName, line(labelLimits.value.max, 0))
    .refine((given) => Object.keys(given).length <= most, { error: `must have at most ${most} entries` });
}
