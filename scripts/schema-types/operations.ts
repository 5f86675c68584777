import type { JsonSchema, MediaType, OpenApiDocument, Operation } from '../../src/contract/openapi/document.ts';
import type { Route } from '../../src/contract/route.ts';

/** What the document has of the route. */
export function operationOf({ paths }: OpenApiDocument, { path, method }: Route): Operation {
  return paths[path.replace(/:([A-Za-z]+)/g, '{$1}')]![method.toLowerCase()]!;
}

/** Of `data` in the route's answer; of a stream, that of one event. */
export function answerSchema(route: Route, { responses }: Operation): JsonSchema {
  const response = responses[String(route.status)] ?? responses['200'];
  const { content = {} } = response as { readonly content?: Record<string, MediaType> };
  if (route.media !== null) return {};
  if (route.stream) return content['text/event-stream']!.schema;
  return content['application/json']!.schema.properties!['data']!;
}
