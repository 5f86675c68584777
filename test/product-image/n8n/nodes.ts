/** What each type of node does, as its sources of n8n-nodes-base 2.41.2 have it. */
import { createHmac } from 'node:crypto';
import { ExpressionProblem } from './expressions.ts';
import type { Condition, Requester, RequestParameters, WorkflowNode } from './workflow.ts';

export interface Item {
  readonly json: any;
  readonly binary?: Readonly<Record<string, { readonly bytes: Uint8Array<ArrayBuffer>; readonly mimeType: string }>>;
}

export type Credentials = Readonly<Record<string, {
  readonly type: 'crypto' | 'httpBearerAuth' | 'shopifyAccessTokenApi'; readonly secret: string;
}>>;

export interface Context {
  readonly credentials: Credentials;
  readonly sleep: (ms: number) => Promise<void>;
  evaluate(value: string, item: Item): unknown;
}

type Outputs = readonly (readonly Item[])[];

/** The items of each output. */
export async function perform(node: WorkflowNode, items: readonly Item[], context: Context): Promise<Outputs> {
  switch (node.type) {
    case 'n8n-nodes-base.manualTrigger':
    case 'n8n-nodes-base.scheduleTrigger':
      return [items];
    case 'n8n-nodes-base.set': {
      const { assignments } = node.parameters.assignments;
      return [items.map((item) => ({
        json: Object.fromEntries(assignments.map(({ name, value }) => [name, textOf(value, item, context)])),
      }))];
    }
    case 'n8n-nodes-base.crypto': {
      const { value, dataPropertyName } = node.parameters;
      const secret = secretOf(context, 'crypto', node.credentials.crypto.name);
      return [items.map((item) => {
        const signature = createHmac('sha256', secret).update(textOf(value, item, context)).digest('hex');
        return { ...item, json: { ...item.json, [dataPropertyName]: signature } };
      })];
    }
    case 'n8n-nodes-base.httpRequest':
      return requestEach(node, items, context);
    case 'n8n-nodes-base.if':
      return byRules([node.parameters.conditions], items, context);
    case 'n8n-nodes-base.switch':
      return byRules(node.parameters.rules.values.map(({ conditions }) => conditions), items, context);
    case 'n8n-nodes-base.wait':
      await context.sleep(node.parameters.amount * 1_000);
      return [items];
    case 'n8n-nodes-base.splitOut':
      return [items.flatMap((item) => splitOut(node.parameters, item))];
    case 'n8n-nodes-base.stopAndError':
      throw new Error(textOf(node.parameters.errorMessage, items[0]!, context));
    case 'n8n-nodes-base.stickyNote':
      throw new Error('a sticky note does not run');
  }
}

/** The first rule that is true has the item, else the last output. */
function byRules(rules: readonly Condition[], items: readonly Item[], { evaluate }: Context): Outputs {
  const outputs: Item[][] = Array.from({ length: rules.length + 1 }, () => []);
  for (const item of items) {
    const values = rules.map(({ conditions: [{ leftValue }] }) => evaluate(leftValue, item));
    const wrong = values.find((value) => typeof value !== 'boolean');
    if (wrong !== undefined) throw new ExpressionProblem(`Wrong type: '${wrong}' was expecting a boolean`);
    // -1, where none is true: the last output.
    outputs.at(values.indexOf(true))!.push(item);
  }
  return outputs;
}

function splitOut(
  { fieldToSplitOut, options: { destinationFieldName } }: {
    readonly fieldToSplitOut: string; readonly options: { readonly destinationFieldName?: string | undefined };
  },
  { json }: Item,
): Item[] {
  const list: unknown = fieldToSplitOut.split('.').reduce((value, name) => value?.[name], json);
  if (!Array.isArray(list)) throw new Error(`${fieldToSplitOut} is no list`);
  return list.map((each) => {
    if (destinationFieldName !== undefined) return { json: { [destinationFieldName]: each } };
    if (typeof each !== 'object') throw new Error('what is no object needs a destination field');
    return { json: { ...each } };
  });
}

/** An error has an output of its own, goes on with the rest, or ends the run. */
async function requestEach(node: Requester, items: readonly Item[], context: Context): Promise<Outputs> {
  const [done, failed]: [Item[], Item[]] = [[], []];
  for (const item of items) {
    try {
      done.push(...await request(node, item, context));
    } catch (error) {
      if (node.onError === undefined || error instanceof ExpressionProblem) throw error;
      const { message } = error as Error;
      const json = { error: { message }, details: { message } };
      if (node.onError === 'continueRegularOutput') done.push({ json });
      else failed.push({ json: { ...item.json, ...json } });
    }
  }
  return node.onError === 'continueErrorOutput' ? [done, failed] : [done];
}

async function request(node: Requester, item: Item, context: Context): Promise<Item[]> {
  const { method, url, queryParameters, headerParameters, options } = node.parameters;
  const address = new URL(textOf(url, item, context));
  for (const { name, value } of queryParameters?.parameters ?? []) {
    address.searchParams.append(name, textOf(value, item, context));
  }
  const { headers, body } = bodyOf(node.parameters, item, context);
  for (const { name, value } of headerParameters?.parameters ?? []) headers.set(name, textOf(value, item, context));
  authorize(node, headers, context);
  const response = await fetch(address, { method, headers, ...(body !== undefined && { body }) });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const text = new TextDecoder().decode(bytes);
  if (!response.ok) throw new Error(`${response.status} - ${JSON.stringify(text)}`);
  const type = response.headers.get('content-type')?.split(';')[0];
  if (options.response?.response.responseFormat === 'file') {
    if (type === undefined) throw new Error('a file without a content type is not simulated');
    return [{ json: item.json, binary: { ...item.binary, data: { bytes, mimeType: type } } }];
  }
  if (type !== 'application/json') return [{ json: { data: text } }];
  const answer: unknown = text.trim() === '' ? {} : JSON.parse(text);
  return Array.isArray(answer) ? answer.map((json) => ({ json })) : [{ json: answer }];
}

function bodyOf(parameters: RequestParameters, item: Item, context: Context): {
  readonly headers: Headers; readonly body?: string | Uint8Array<ArrayBuffer>;
} {
  const { contentType, jsonBody, body, rawContentType, inputDataFieldName } = parameters;
  if (jsonBody !== undefined) {
    const parsed: unknown = JSON.parse(textOf(jsonBody, item, context));
    return { headers: new Headers({ 'content-type': 'application/json' }), body: JSON.stringify(parsed) };
  }
  if (contentType === 'raw') {
    return { headers: new Headers({ 'content-type': rawContentType! }), body: textOf(body!, item, context) };
  }
  if (contentType === undefined) return { headers: new Headers() };
  const file = item.binary?.[inputDataFieldName!];
  if (file === undefined) throw new Error(`This operation expects the node's input data to contain a binary file`);
  return { headers: new Headers({ 'content-type': file.mimeType }), body: file.bytes };
}

function authorize({ parameters, credentials = {} }: Requester, headers: Headers, context: Context): void {
  const { authentication, genericAuthType, nodeCredentialType } = parameters;
  if (authentication === undefined) return;
  const type = genericAuthType ?? nodeCredentialType!;
  const secret = secretOf(context, type, credentials[type]?.name ?? '');
  if (type === 'httpBearerAuth') headers.set('authorization', `Bearer ${secret}`);
  else headers.set('x-shopify-access-token', secret);
}

function secretOf({ credentials }: Context, type: string, name: string): string {
  const found = credentials[name];
  if (found?.type !== type) throw new Error(`there is no ${type} credential named ${JSON.stringify(name)}`);
  return found.secret;
}

function textOf(value: string, item: Item, { evaluate }: Context): string {
  const result = evaluate(value, item);
  if (typeof result !== 'string') throw new ExpressionProblem(`${value} is ${JSON.stringify(result)} and no text`);
  return result;
}
