/** Workflows of n8n as far as the examples use them. What is not listed here is an error, never ignored. */
import { readFileSync } from 'node:fs';
import * as z from 'zod';

const text = z.string().min(1);
const condition = z.strictObject({
  options: z.strictObject({
    caseSensitive: z.literal(true), leftValue: z.literal(''), typeValidation: z.literal('strict'),
    version: z.literal(3),
  }),
  conditions: z.tuple([
    z.strictObject({
      id: z.uuid(),
      leftValue: text,
      rightValue: z.literal(''),
      operator: z.strictObject({
        type: z.literal('boolean'), operation: z.literal('true'), singleValue: z.literal(true),
      }),
    }),
  ]),
  combinator: z.literal('and'),
});
export type Condition = z.infer<typeof condition>;

const pairs = z.strictObject({ parameters: z.array(z.strictObject({ name: text, value: text })).min(1) });
const noOptions = z.strictObject({});

const request = z
  .strictObject({
    method: z.enum(['GET', 'POST', 'PUT']),
    url: text,
    authentication: z.enum(['genericCredentialType', 'predefinedCredentialType']).optional(),
    genericAuthType: z.literal('httpBearerAuth').optional(),
    nodeCredentialType: z.literal('shopifyAccessTokenApi').optional(),
    sendQuery: z.literal(true).optional(),
    queryParameters: pairs.optional(),
    sendHeaders: z.literal(true).optional(),
    headerParameters: pairs.optional(),
    sendBody: z.literal(true).optional(),
    contentType: z.enum(['raw', 'binaryData']).optional(),
    specifyBody: z.literal('json').optional(),
    jsonBody: text.optional(),
    rawContentType: z.literal('application/json').optional(),
    body: text.optional(),
    inputDataFieldName: text.optional(),
    options: z.strictObject({
      response: z.strictObject({ response: z.strictObject({ responseFormat: z.literal('file') }) }).optional(),
    }),
  })
  // n8n hides parameters that the others leave without a meaning.
  .refine((p) => (p.authentication === 'genericCredentialType') === (p.genericAuthType !== undefined))
  .refine((p) => (p.authentication === 'predefinedCredentialType') === (p.nodeCredentialType !== undefined))
  .refine((p) => (p.sendQuery ?? false) === (p.queryParameters !== undefined))
  .refine((p) => (p.sendHeaders ?? false) === (p.headerParameters !== undefined))
  .refine((p) => (p.specifyBody !== undefined) === (p.jsonBody !== undefined))
  .refine((p) => (p.contentType === 'raw') === (p.body !== undefined && p.rawContentType !== undefined))
  .refine((p) => (p.contentType === 'binaryData') === (p.inputDataFieldName !== undefined))
  .refine((p) => (p.sendBody ?? false) === (p.specifyBody !== undefined || p.contentType !== undefined));
export type RequestParameters = z.infer<typeof request>;

const place = { id: z.uuid(), name: text, position: z.tuple([z.int(), z.int()]) };
const credential = z.strictObject({ id: z.null(), name: text });

const node = z.discriminatedUnion('type', [
  z.strictObject({
    ...place,
    type: z.literal('n8n-nodes-base.manualTrigger'),
    typeVersion: z.literal(1),
    parameters: z.strictObject({}),
  }),
  z.strictObject({
    ...place,
    type: z.literal('n8n-nodes-base.scheduleTrigger'),
    typeVersion: z.literal(1.4),
    parameters: z.strictObject({
      rule: z.strictObject({
        interval: z.tuple([z.strictObject({ field: z.literal('hours'), hoursInterval: z.int().min(1).max(23) })]),
      }),
    }),
  }),
  z.strictObject({
    ...place,
    type: z.literal('n8n-nodes-base.set'),
    typeVersion: z.literal(3.4),
    parameters: z.strictObject({
      assignments: z.strictObject({
        assignments: z
          .array(z.strictObject({ id: z.uuid(), name: text, value: z.string(), type: z.literal('string') }))
          .min(1),
      }),
      options: noOptions,
    }),
  }),
  z.strictObject({
    ...place,
    type: z.literal('n8n-nodes-base.crypto'),
    typeVersion: z.literal(2),
    parameters: z.strictObject({
      action: z.literal('hmac'), type: z.literal('SHA256'), value: text, dataPropertyName: text,
      encoding: z.literal('hex'),
    }),
    credentials: z.strictObject({ crypto: credential }),
  }),
  z.strictObject({
    ...place,
    type: z.literal('n8n-nodes-base.httpRequest'),
    typeVersion: z.literal(4.5),
    parameters: request,
    credentials: z
      .strictObject({ httpBearerAuth: credential.optional(), shopifyAccessTokenApi: credential.optional() })
      .optional(),
    onError: z.enum(['continueErrorOutput', 'continueRegularOutput']).optional(),
    executeOnce: z.literal(true).optional(),
  }),
  z.strictObject({
    ...place,
    type: z.literal('n8n-nodes-base.if'),
    typeVersion: z.literal(2.3),
    parameters: z.strictObject({ conditions: condition, options: noOptions }),
  }),
  z.strictObject({
    ...place,
    type: z.literal('n8n-nodes-base.switch'),
    typeVersion: z.literal(3.4),
    parameters: z.strictObject({
      rules: z.strictObject({
        values: z
          .array(z.strictObject({ conditions: condition, renameOutput: z.literal(true), outputKey: text }))
          .min(1),
      }),
      options: z.strictObject({ fallbackOutput: z.literal('extra'), renameFallbackOutput: text }),
    }),
  }),
  z.strictObject({
    ...place,
    type: z.literal('n8n-nodes-base.wait'),
    typeVersion: z.literal(1.1),
    parameters: z.strictObject({ amount: z.number().positive() }),
    webhookId: z.uuid(),
  }),
  z.strictObject({
    ...place,
    type: z.literal('n8n-nodes-base.splitOut'),
    typeVersion: z.literal(1),
    parameters: z.strictObject({
      fieldToSplitOut: text, options: z.strictObject({ destinationFieldName: text.optional() }),
    }),
  }),
  z.strictObject({
    ...place,
    type: z.literal('n8n-nodes-base.stopAndError'),
    typeVersion: z.literal(1),
    parameters: z.strictObject({ errorMessage: text }),
  }),
  z.strictObject({
    ...place,
    type: z.literal('n8n-nodes-base.stickyNote'),
    typeVersion: z.literal(1),
    parameters: z.strictObject({
      content: text, height: z.int().positive(), width: z.int().positive(), color: z.int().min(1).max(7).optional(),
    }),
  }),
]);
export type WorkflowNode = z.infer<typeof node>;
export type Requester = Extract<WorkflowNode, { type: 'n8n-nodes-base.httpRequest' }>;

const target = z.strictObject({ node: text, type: z.literal('main'), index: z.literal(0) });
export const workflowSchema = z.strictObject({
  name: text,
  nodes: z.array(node).min(1),
  connections: z.record(z.string(), z.strictObject({ main: z.array(z.array(target)).min(1) })),
  settings: z.strictObject({ executionOrder: z.literal('v1') }),
  pinData: z.strictObject({}),
});
export type Workflow = z.infer<typeof workflowSchema>;

export function readWorkflow(name: string): Workflow {
  const file = new URL(`../../../examples/n8n/${name}`, import.meta.url);
  return workflowSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** With other values in its Set nodes, as somebody types them in: by node, then by field. */
export function filledIn(
  workflow: Workflow,
  values: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Workflow {
  const filled = structuredClone(workflow);
  for (const [name, fields] of Object.entries(values)) {
    const found = filled.nodes.find((one) => one.name === name);
    if (found?.type !== 'n8n-nodes-base.set') throw new Error(`${name} is no Set node`);
    for (const [field, value] of Object.entries(fields)) {
      const assignment = found.parameters.assignments.assignments.find((one) => one.name === field);
      if (assignment === undefined) throw new Error(`${name} has no field ${field}`);
      assignment.value = value;
    }
  }
  return filled;
}

/** How many outputs a node has, that of its errors included. */
export function outputsOf(one: WorkflowNode): number {
  switch (one.type) {
    case 'n8n-nodes-base.stickyNote':
    case 'n8n-nodes-base.stopAndError':
      return 0;
    case 'n8n-nodes-base.if':
      return 2;
    case 'n8n-nodes-base.switch':
      return one.parameters.rules.values.length + 1;
    case 'n8n-nodes-base.httpRequest':
      return one.onError === 'continueErrorOutput' ? 2 : 1;
    default:
      return 1;
  }
}
