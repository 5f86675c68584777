import * as z from 'zod';
import { errorCodes, errorTraits, type ErrorCode } from '../errors.ts';
import { limits } from '../fields.ts';
import { failureStatuses, type Route, type RouteTable } from '../route.ts';
import type { JsonSchema, OpenApiDocument, Operation, Parameter, Response, ResponseReference } from './document.ts';
import { SchemaCollection } from './schemas.ts';

/** Those of what all kinds share. */
const coreTags: Readonly<Record<string, string>> = {
  Jobs: 'What jobs of every kind have in common.',
  Account: 'Credits, plan and ledger.',
  Tokens: 'API keys for programs.',
  Workers: 'The protocol for workers. `createWorker` in the package implements it.',
  Schedules: 'Jobs that are submitted at set times.',
  Webhooks: 'Notifications to your servers when a job ends, signed according to Standard Webhooks.',
  Users: 'Users who log in with a password.',
  Administration: 'For administrators.',
  System: 'For monitoring.',
};

const description = [
  'Every answer is `{"success": true, "data": …}` or `{"success": false, "error": {"code", "message", "details"?}}`.',
  'Names are camelCase, times ISO 8601 in UTC, ids UUIDs, credits integers. Request bodies may use snake_case as well.',
  'The error for an invalid request has `details.fields`, which maps each field to the problem. Unknown fields are ' +
    'ignored, unless one looks like a misspelling of a missing field; unknown query parameters are refused.',
  'Send an `Idempotency-Key` if the route accepts one: a repeated request then returns the answer of the first and ' +
    'changes nothing.',
  'Send an `x-request-id` to find a request in the logs; every response has one. A W3C `traceparent` is stored ' +
    'with the job.',
].join('\n\n');

const ErrorBody = z
  .object({
    success: z.literal(false),
    error: z.object({
      code: z.enum(errorCodes as [ErrorCode, ...ErrorCode[]]),
      message: z.string().describe('For people: what is wrong and what to do.'),
      details: z
        .record(z.string(), z.unknown())
        .exactOptional()
        .describe('For programs. `fields` maps the path of each invalid field to the problem.'),
    }),
  })
  .meta({ id: 'Error', description: 'The body of every error response.' });

/** The OpenAPI 3.1 document of the routes: what `/openapi.json` answers and `/docs` shows. */
export function openApiDocument(options: {
  /** Where the server is reached; no trailing slash. */
  readonly publicUrl: string;
  readonly version: string;
  /** Those that the server has. */
  readonly routes: RouteTable;
  /** What the routes of kinds are about, by their tag. */
  readonly tags?: Readonly<Record<string, string>>;
}): OpenApiDocument {
  const routes = Object.values<Route>(options.routes);
  const schemas = new SchemaCollection();
  schemas.collect(ErrorBody, 'output');
  for (const { params, query, body, answer } of routes) {
    for (const input of [params, query, body]) if (input !== null) schemas.collect(input, 'input');
    schemas.collect(answer, 'output');
  }
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:([A-Za-z]+)/g, '{$1}');
    (paths[path] ??= {})[route.method.toLowerCase()] = operation(route, schemas);
  }
  const tags = new Map(Object.entries({ ...coreTags, ...options.tags }));
  const used = [...new Set(routes.map(({ tag }) => tag))];
  return {
    openapi: '3.1.1',
    info: {
      title: 'Waybill',
      version: options.version,
      summary: 'A job platform for work that costs money.',
      description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: options.publicUrl }],
    tags: used.map((name) => ({ name, description: tags.get(name) ?? '' })),
    paths,
    components: {
      schemas: schemas.components(),
      responses: failureComponents(routes, schemas),
      securitySchemes,
    },
  };
}

const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: 'A JWT signed with the server’s secret (HS256, the user in `sub`), or an API key (`wb_…`).',
  },
  workerSecret: {
    type: 'apiKey',
    in: 'header',
    name: 'x-gpu-callback-secret',
    description: 'The secret that the server and its workers share.',
  },
  signature: {
    type: 'apiKey',
    in: 'header',
    name: 'x-signature',
    description:
      'HMAC-SHA256 of the raw body under the secret that sender and server share, in hex, `sha256=` before it or not.',
  },
};

function operation(route: Route, schemas: SchemaCollection): Operation {
  const { name, tag, summary, description: text, auth, body, file, example } = route;
  const parameters = parametersOf(route, schemas);
  return {
    operationId: name,
    tags: [tag],
    summary,
    ...(text === '' ? {} : { description: text }),
    security: security(auth),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === null
      ? {}
      : {
          requestBody: {
            required: !body.safeParse({}).success,
            content: { 'application/json': { schema: schemas.reference(body, 'input'), example: example.body } },
          },
        }),
    ...(file !== null && { requestBody: fileBody(file) }),
    responses: {
      [route.status]: success(route, schemas),
      ...(route.answersExisting && { 200: { ...success(route, schemas), description: 'It was made before.' } }),
      ...(route.stream && { 204: { description: 'No more events will come.' } }),
      ...failures(route),
    },
  };
}

/** OpenAPI 3.1 says of bytes nothing but their content type. */
function fileBody(types: readonly string[]): NonNullable<Operation['requestBody']> {
  return { required: true, content: Object.fromEntries(types.map((type) => [type, { schema: {} }])) };
}

function security(auth: Route['auth']): Operation['security'] {
  if (auth === 'none') return [];
  if (auth === 'worker') return [{ workerSecret: [] }];
  if (auth === 'signature') return [{ signature: [] }];
  return [{ bearer: auth === 'user' ? [] : [auth] }];
}

function parametersOf(route: Route, schemas: SchemaCollection): Parameter[] {
  const { params, query, idempotent, keyHeader, stream, example } = route;
  const lastEventId: Parameter = {
    name: 'Last-Event-ID',
    in: 'header',
    required: false,
    description: 'The `id` of the last event that you received, to resume the stream. Takes precedence over `after`.',
    schema: schemas.reference(query, 'input').properties?.['after'] ?? { type: 'string' },
  };
  const idempotencyKey: Parameter = {
    name: keyHeader ?? '',
    in: 'header',
    required: false,
    description: idempotent
      ? 'Yours to choose, new for each thing that you want done once.'
      : 'Instead of `idempotency_key` in the body, which goes before it.',
    schema: { type: 'string', minLength: 1, maxLength: limits.idempotencyKeyLength },
    example: '6f1c1f0e-2d7c-4b7e-9f57-1f2a8f0c9f11',
  };
  return [
    ...inPlace('path', schemas.reference(params, 'input'), example.params),
    ...inPlace('query', schemas.reference(query, 'input'), example.query),
    ...(keyHeader === null ? [] : [idempotencyKey]),
    ...(stream ? [lastEventId] : []),
  ];
}

function inPlace(
  place: 'path' | 'query',
  { properties = {}, required = [] }: JsonSchema,
  examples: Readonly<Record<string, unknown>> = {},
): Parameter[] {
  return Object.entries(properties).map(([name, { description: text, ...schema }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(text === undefined ? {} : { description: text }),
    schema,
    ...(examples[name] === undefined ? {} : { example: examples[name] }),
  }));
}

function success({ answer, stream, media, example }: Route, schemas: SchemaCollection): Response {
  if (media !== null && media !== 'application/x-ndjson') {
    return { description: 'A file.', content: { [media]: { schema: {} } } };
  }
  if (media !== null) {
    const lines = { schema: schemas.reference(answer, 'output'), example: example.answer };
    return { description: 'A file with one of these a line.', content: { [media]: lines } };
  }
  if (stream) {
    const data = { schema: schemas.reference(answer, 'output'), example: example.answer };
    return { description: 'Events, each with this as its `data`.', content: { 'text/event-stream': data } };
  }
  const schema: JsonSchema = {
    type: 'object',
    properties: { success: { const: true }, data: schemas.reference(answer, 'output') },
    required: ['success', 'data'],
  };
  return {
    description: 'Done.',
    content: { 'application/json': { schema, example: { success: true, data: example.answer } } },
  };
}

/** One response per status, whose codes are its examples. Those with the same codes are one component. */
function failures(route: Route): Record<string, ResponseReference> {
  const entries = [...failureStatuses(route)].map(([status, codes]) => {
    return [status, { $ref: `#/components/responses/${componentName(status, codes)}` }] as const;
  });
  return Object.fromEntries(entries);
}

function componentName(status: number, codes: readonly ErrorCode[]): string {
  const isUsual = codes.every((code) => errorTraits[code].http === status);
  return isUsual ? codes.join('.') : `${codes.join('.')}.${status}`;
}

/** Of statuses that are not the usual one of their code. */
const unusual: Readonly<Record<number, string>> = {
  408: 'The body did not come in time.',
  413: 'The body is too large.',
  415: 'The body is compressed, or of another type.',
};

function failureComponents(routes: readonly Route[], schemas: SchemaCollection): Record<string, Response> {
  const schema = schemas.reference(ErrorBody, 'output');
  const components: Record<string, Response> = {};
  for (const route of routes) {
    for (const [status, codes] of failureStatuses(route)) {
      const texts = codes.map((code) => `\`${code}\`: ${unusual[status] ?? errorTraits[code].description}`);
      components[componentName(status, codes)] ??= {
        description: texts.join('\n\n'),
        headers: headersOf(status),
        content: {
          'application/json': {
            schema,
            examples: Object.fromEntries(codes.map((code) => [code, { value: exampleError(status, code) }])),
          },
        },
      };
    }
  }
  return components;
}

function headersOf(status: number): NonNullable<Response['headers']> {
  const text: JsonSchema = { type: 'string' };
  const integer: JsonSchema = { type: 'integer', minimum: 1 };
  return {
    Link: { description: 'With `rel="help"`: the page of the error code, with causes and remedies.', schema: text },
    ...((status === 429 || status === 503) && {
      'Retry-After': { description: 'Seconds to wait before you retry.', schema: integer },
    }),
    ...(status === 401 && { 'WWW-Authenticate': { description: 'How to authenticate.', schema: text } }),
  };
}

const exampleDetails: Partial<Record<ErrorCode, { message: string; details?: Record<string, unknown> }>> = {
  invalid_request: {
    message: 'The request is not valid: itemCount must be at most 200.',
    details: { fields: { itemCount: 'must be at most 200' } },
  },
  invalid_state: {
    message: 'Cannot execute: the job is created, but must be uploaded.',
    details: { state: 'created' },
  },
  insufficient_credits: {
    message: 'This needs 3 credits, but only 1 is available.',
    details: { needed: 3, available: 1 },
  },
  missing_uploads: { message: '1 of 3 files are not uploaded: items 2.', details: { missing: [2] } },
};

function exampleError(status: number, code: ErrorCode): unknown {
  const message = unusual[status] ?? errorTraits[code].description;
  const { details, ...said } = (unusual[status] === undefined ? exampleDetails[code] : undefined) ?? { message };
  return { success: false, error: { code, ...said, ...(details && { details }) } };
}
