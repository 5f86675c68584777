import type { JsonSchema, Parameter } from '../../src/contract/openapi/document.ts';
import { openApiDocument } from '../../src/contract/openapi/openapi.ts';
import type { Route } from '../../src/contract/route.ts';
import { routes } from '../../src/main/routes.ts';
import { answerSchema, operationOf } from '../schema-types/operations.ts';
import { className } from '../schema-types/class-name.ts';
import { docComment, TypeScriptTypes } from './typescript-types.ts';

/**
 * The declarations of all routes without zod: `Routes`, with what each is called with and answers, and the types of
 * these by their names.
 */
export function plainRoutes(): string {
  const document = openApiDocument({ publicUrl: 'http://localhost', version: '', routes });
  const types = new TypeScriptTypes(document.components.schemas);
  const entries = Object.values<Route>(routes).map((route) => {
    const operation = operationOf(document, route);
    const { requestBody, parameters = [], summary, description } = operation;
    const name = className(route.name);
    const body = requestBody?.content['application/json']?.schema;
    const input = [
      part('params', parameters.filter((one) => one.in === 'path'), types, name),
      part('query', parameters.filter((one) => one.in === 'query'), types, name),
      body === undefined || route.file !== null ? ''
        : `readonly body${needsNothing(body) ? '?' : ''}: ${types.of(body, `${name}Body`, 'input')}; `,
      route.file === null ? '' : `readonly file: RequestFile<${route.file.map((one) => `'${one}'`).join(' | ')}>; `,
    ];
    const answer = types.of(answerSchema(route, operation), `${name}Answer`, 'output');
    const text = [`${summary}: \`${route.method} ${route.path}\`.`, description ?? ''].filter((line) => line !== '');
    return `${docComment(text.join('\n\n'), '  ')}  readonly ${route.name}: PlainRoute<\n` +
      `    { ${input.join('')}readonly idempotencyKey?: string },\n` +
      `    ${answer},\n    ${route.stream}, ${route.media === null ? 'null' : `'${route.media}'`}\n  >;\n`;
  });
  return [
    "import type { PlainRoute, RequestFile } from './route.js';",
    ...types.definitions,
    `export type Routes = {\n${entries.join('')}};`,
    'export type RouteName = keyof Routes;',
  ].join('\n\n') + '\n';
}

function part(
  name: 'params' | 'query', parameters: readonly Parameter[], types: TypeScriptTypes, route: string,
): string {
  if (parameters.length === 0) return '';
  const fields = parameters.map(({ name: field, required, schema }) => {
    const type = types.of(schema, `${route}${className(field)}`, 'input');
    return `readonly ${field}${required ? '' : '?'}: ${type}${required ? '' : ' | undefined'}`;
  });
  const optional = parameters.every(({ required }) => !required);
  return `readonly ${name}${optional ? '?' : ''}: { ${fields.join('; ')} }; `;
}

/** An empty object will do. */
function needsNothing({ type, properties, required = [] }: JsonSchema): boolean {
  return type === 'object' && properties !== undefined && required.length === 0;
}
