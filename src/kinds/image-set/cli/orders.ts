import { anyText, commaList, optional, type FlagValues } from '../../../transports/cli/flag.ts';
import { jsonPlaceholder, readJsonValue } from '../../../transports/cli/json-value.ts';
import { UsageProblem } from '../../../transports/cli/usage-problem.ts';
import type { ImageSetClient } from './client.ts';

type Orders = NonNullable<Parameters<ImageSetClient['executeImageSet']>[0]['body']>;

/** What to do with the photos; for `job execute` and `job create`. */
export const orderFlags = {
  concepts: optional(
    jsonPlaceholder,
    anyText,
    'What to do with each part of the picture. Default: as the preset says.',
  ),
  protect: optional('NAME,...', commaList(anyText), 'Parts that must not change.'),
  rule: optional('ID', anyText, 'A saved rule, which supplies --concepts and --protect if they are not given.'),
  template: optional('TEXT', anyText, 'Output template, passed on to the worker unchanged.'),
} as const;

/** The body of the execute request. The server checks what the concepts say; here they only have to be JSON. */
export function ordersOf({ concepts, protect, rule, template }: FlagValues<typeof orderFlags>): Orders {
  return {
    ...(concepts === undefined ? {} : { concepts: parseConcepts(concepts) }),
    ...(protect === undefined ? {} : { protect }),
    ...(rule === undefined ? {} : { ruleId: rule }),
    ...(template === undefined ? {} : { outputTemplate: template }),
  };
}

function parseConcepts(text: string): NonNullable<Orders['concepts']> {
  const value = readJsonValue('--concepts', text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as never;
  throw new UsageProblem('--concepts is no JSON object: it must be one such as {"background":{"action":"remove"}}');
}
