import { errorCodes, errorTraits } from '../../../src/contract/errors.ts';
import type { Operation, Parameter } from '../../../src/contract/openapi/document.ts';
import { openApiDocument } from '../../../src/contract/openapi/openapi.ts';
import type { Route } from '../../../src/contract/route.ts';
import { routes } from '../../../src/main/routes.ts';
import { className } from '../../schema-types/class-name.ts';
import { answerSchema, operationOf } from '../../schema-types/operations.ts';
import { wrapped } from '../../schema-types/wrapped.ts';
import { isPythonName, quoted, snakeCase } from './python-names.ts';
import { PythonTypes } from './python-types.ts';

const folder = 'sdk/python/src/waybill/generated';
const written = '# Written by npm run docs, from the OpenAPI document.\n';

/** What a method is made of. */
interface Method {
  readonly route: Route;
  readonly operation: Operation;
  readonly body: string | null;
  readonly query: readonly (readonly [name: string, type: string, required: boolean])[];
  readonly answer: string;
}

/** Of the Python SDK: the types of what is sent and answered, and a method for each route. */
export function pythonClientFiles(): ReadonlyMap<string, string> {
  const document = openApiDocument({ publicUrl: 'http://localhost', version: '', routes });
  const types = new PythonTypes(document.components.schemas);
  const methods = Object.values<Route>(routes).map((route) => methodOf(route, operationOf(document, route), types));
  return new Map([
    [`${folder}/types.py`, typesFile(types)],
    [`${folder}/route_table.py`, tableFile(methods)],
    [`${folder}/routes.py`, routesFile(methods, types)],
    [`${folder}/error_codes.py`, codesFile()],
  ]);
}

function methodOf(route: Route, operation: Operation, types: PythonTypes): Method {
  const name = className(route.name);
  const body = operation.requestBody?.content['application/json']?.schema;
  const inQuery = (operation.parameters ?? []).filter(({ in: place }) => place === 'query');
  const query = inQuery.map((parameter: Parameter) => {
    const type = types.of(parameter.schema, `${name}${className(parameter.name)}`, 'input');
    return [parameter.name, type, parameter.required] as const;
  });
  return {
    route, operation, query,
    body: body === undefined || route.file !== null ? null : types.of(body, `${name}Body`, 'input'),
    answer: route.media !== null ? 'Download' : types.of(answerSchema(route, operation), `${name}Answer`, 'output'),
  };
}

function typesFile(types: PythonTypes): string {
  const aliases = types.definitions.filter((text) => /^\w+ = Union\[/.test(text));
  const others = types.definitions.filter((text) => !aliases.includes(text));
  return `${written}"""What is sent to a Waybill server, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Union

if TYPE_CHECKING:
    from typing_extensions import NotRequired
else:  # Nothing evaluates it.
    NotRequired = Union


${[...others, ...aliases].join('\n\n\n')}
`;
}

function tableFile(methods: readonly Method[]): string {
  const entries = methods.map(({ route }) => {
    const { name, method, path, auth, idempotent, repeatable } = route;
    const flags = [
      idempotent ? 'idempotent=True' : '', repeatable ? 'repeatable=True' : '',
    ].filter((flag) => flag !== '');
    return `    ${quoted(name)}: Route(${[quoted(method), quoted(path), quoted(auth), ...flags].join(', ')}),\n`;
  });
  return `${written}"""What a call needs to know of each route."""

from typing import NamedTuple


class Route(NamedTuple):
    method: str
    path: str
    #: Who may call it: "none", "user", "operator", "admin", "worker", "signature".
    auth: str
    #: Whether it takes an Idempotency-Key.
    idempotent: bool = False
    #: Whether a request whose answer was lost may be sent again.
    repeatable: bool = False


ROUTES: dict[str, Route] = {
${entries.join('')}}
`;
}

function routesFile(methods: readonly Method[], types: PythonTypes): string {
  const text = methods.map(methodText).join('\n');
  const used = types.names.filter((name) => new RegExp(`\\b${name}\\b`).test(text)).toSorted();
  return `${written}"""A method for each route."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, cast

from ..client.calls import Calls, Download

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..client.calls import CallOptions
    from .types import (
${used.map((name) => `        ${name},\n`).join('')}    )


class Routes(Calls):
    """One method for each route; each returns the answer's \`data\`, or raises an \`ApiError\`."""

${text}`;
}

function methodText(method: Method): string {
  const { route, body, query, answer, operation } = method;
  const params = [...route.path.matchAll(/:([A-Za-z]+)/g)].map(([, name = '']) => name);
  const optional = operation.requestBody?.required === false;
  const result = route.stream ? `Iterator[${answer}]` : answer;
  const signature = [
    'self', ...params.map((name) => `${snakeCase(name)}: str`),
    ...(body === null ? [] : [optional ? `body: ${body} | None = None` : `body: ${body}`]),
    ...(route.file === null ? [] : ['file: bytes']),
    ...(query.length > 0 || route.idempotent || route.file !== null ? ['*'] : []),
    ...(route.file === null ? [] : [`content_type: ${literal(route.file)}`]),
    ...query.map(([name, type, required]) => `${snakeCase(name)}: ${required ? type : optionalOf(type)}`),
    ...(route.idempotent ? ['idempotency_key: str | None = None'] : []),
    '**options: Unpack[CallOptions]',
  ];
  const call = [
    quoted(route.name), mapping(params),
    ...(query.length === 0 ? [] : [`query=${mapping(query.map(([name]) => name))}`]),
    ...(body === null ? [] : [optional ? 'body={} if body is None else body' : 'body=body']),
    ...(route.idempotent ? ['idempotency_key=idempotency_key'] : []),
    ...(route.file === null ? [] : ['file=(file, content_type)']),
    '**options',
  ];
  const how = route.media !== null ? '_download' : route.stream ? '_stream' : '_call';
  const value = `self.${how}(\n            ${call.join(',\n            ')},\n        )`;
  return [
    `    def ${snakeCase(route.name)}(\n        ${signature.join(',\n        ')},\n    ) -> ${result}:`,
    ...docstring(method),
    `        return ${how === '_download' ? value : `cast(${quoted(result)}, ${value})`}`,
    '',
  ].join('\n');
}

function docstring({ route, operation }: Method): string[] {
  const text = operation.description === undefined ? '' : `\n\n${operation.description}`;
  const words = `${operation.summary}: \`${route.method} ${route.path}\`.${text}`.replaceAll('\\', '\\\\');
  const lines = wrapped(words, '        ');
  lines[0] = `        """${lines[0]!.trimStart()}`;
  return lines.length === 1 ? [`${lines[0]}"""`] : [...lines, '        """'];
}

function mapping(names: readonly string[]): string {
  return `{${names.map((name) => `${quoted(name)}: ${snakeCase(name)}`).join(', ')}}`;
}

function optionalOf(type: string): string {
  return type.endsWith('None') || type === 'Any' ? `${type} = None` : `${type} | None = None`;
}

function literal(values: readonly string[]): string {
  return values.every((value) => !isPythonName(value)) ? `Literal[${values.map(quoted).join(', ')}]` : 'str';
}

function codesFile(): string {
  const retryable = errorCodes.filter((code) => errorTraits[code].retryable);
  return `${written}"""The codes of errors."""

from typing import Literal, Union, get_args

#: What a server says.
ServerErrorCode = Literal[
${errorCodes.map((code) => `    ${quoted(code)},\n`).join('')}]

#: What a call can fail with: no answer ("network"), none in time ("timeout"), the caller stopped it ("aborted"), an
#: answer that is none of Waybill's ("unexpected_answer"), or what the server says.
ErrorCode = Union[Literal["network", "timeout", "aborted", "unexpected_answer"], ServerErrorCode]

SERVER_ERROR_CODES: frozenset[str] = frozenset(get_args(ServerErrorCode))
#: After which the same request may work later.
RETRYABLE_CODES: frozenset[str] = frozenset(
    (
${retryable.map((code) => `        ${quoted(code)},\n`).join('')}    )
)
`;
}
