import {
  anyText, commaList, oneOf, optional, toggle, wholeNumber, type FlagValues,
} from '../../../transports/cli/flag.ts';
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
  force: toggle('Deliver results even where the worker doubts them; otherwise such photos fail with `not_confident`.'),
  format: optional('FORMAT', oneOf('png', 'webp', 'jpeg'), 'Type of the results. Default: png.'),
  outputBackground: optional('#RRGGBB', anyText, 'Colour behind transparent parts in a JPEG. Default: #ffffff.'),
  quality: optional('N', wholeNumber(1, 100), 'Quality of a JPEG or WebP. Default: 90.'),
} as const;

/** The body of the execute request. The server checks what the concepts say; here they only have to be JSON. */
export function ordersOf(flags: FlagValues<typeof orderFlags>): Orders {
  const { concepts, protect, rule, template, force } = flags;
  const output = outputOf(flags);
  return {
    ...(concepts === undefined ? {} : { concepts: parseConcepts(concepts) }),
    ...(protect === undefined ? {} : { protect }),
    ...(rule === undefined ? {} : { ruleId: rule }),
    ...(template === undefined ? {} : { outputTemplate: template }),
    ...(force ? { force } : {}),
    ...(output === undefined ? {} : { output }),
  };
}

function outputOf({
  format, outputBackground: background, quality,
}: FlagValues<typeof orderFlags>): Orders['output'] | undefined {
  if (format === undefined && background === undefined && quality === undefined) return undefined;
  if (background !== undefined && format !== 'jpeg') {
    throw new UsageProblem('--output-background needs --format jpeg: other formats can be transparent');
  }
  if (quality !== undefined && (format === undefined || format === 'png')) {
    throw new UsageProblem('--quality needs --format webp or jpeg: a PNG has none');
  }
  return {
    ...(format !== undefined && { format }),
    ...(background !== undefined && { background }),
    ...(quality !== undefined && { quality }),
  };
}

function parseConcepts(text: string): NonNullable<Orders['concepts']> {
  const value = readJsonValue('--concepts', text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as never;
  throw new UsageProblem('--concepts is no JSON object: it must be one such as {"background":{"action":"remove"}}');
}
