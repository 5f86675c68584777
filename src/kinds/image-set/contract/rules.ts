import * as z from 'zod';
import { concepts, protect } from './concepts.ts';
import { limits, line, ruleId, time } from '../../../contract/fields.ts';
import { defineRoute, table } from '../../../contract/route.ts';

/** Saved sets of concepts, each in one of its account's rule slots. */

const byRule = z.object({ id: ruleId });
const params = { id: '01935a40-11aa-7b3c-8d2e-5f6a7b8c9d01' };

const name = line(limits.nameLength);
const presetId = line(limits.nameLength).nullable().describe('The preset that it was created from; stored as given.');

const rule = z
  .object({
    id: ruleId,
    ruleId,
    name: z.string(),
    presetId: z.string().nullable(),
    concepts,
    protect,
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Rule', description: 'A saved set of concepts.' });

const body = {
  name: 'Warm living rooms',
  presetId: 'interior',
  concepts: { wall: { action: 'recolor', value: '#f4e9dc' }, room: { action: 'tone', value: 'warm' } },
  protect: ['person', 'face'],
} as const;
const saved = {
  id: params.id,
  ruleId: params.id,
  ...body,
  createdAt: '2026-11-22T09:12:00.000Z',
  updatedAt: '2026-11-22T09:12:00.000Z',
} as const;

export const listRules = defineRoute({
  name: 'listRules',
  method: 'GET',
  path: '/api/rules',
  auth: 'user',
  tag: 'Rules',
  summary: 'List your rules',
  answer: z.object({ rules: z.array(rule) }),
  example: { answer: { rules: [saved] } },
});

export const createRule = defineRoute({
  name: 'createRule',
  method: 'POST',
  path: '/api/rules',
  auth: 'user',
  tag: 'Rules',
  summary: 'Create a rule',
  description: 'Takes one of the plan’s rule slots.',
  body: z.object({ name, presetId: presetId.exactOptional(), concepts, protect: protect.default([]) }),
  answer: rule,
  status: 201,
  errors: ['rule_limit'],
  example: { body, answer: saved },
});

export const getRule = defineRoute({
  name: 'getRule',
  method: 'GET',
  path: '/api/rules/:id',
  auth: 'user',
  tag: 'Rules',
  summary: 'Show a rule',
  params: byRule,
  answer: rule,
  example: { params, answer: saved },
});

export const updateRule = defineRoute({
  name: 'updateRule',
  method: 'PUT',
  path: '/api/rules/:id',
  auth: 'user',
  tag: 'Rules',
  summary: 'Update a rule',
  description: 'Fields that are left out do not change. Jobs that were executed with the rule keep its earlier values.',
  params: byRule,
  body: z.object({
    name: name.exactOptional(),
    presetId: presetId.exactOptional(),
    concepts: concepts.exactOptional(),
    protect: protect.exactOptional(),
  }),
  answer: rule,
  example: {
    params,
    body: { name: 'Warmer' },
    answer: { ...saved, name: 'Warmer', updatedAt: '2026-11-22T10:04:31.000Z' },
  },
});

export const deleteRule = defineRoute({
  name: 'deleteRule',
  method: 'DELETE',
  path: '/api/rules/:id',
  auth: 'user',
  tag: 'Rules',
  summary: 'Delete a rule',
  description: 'Frees its slot.',
  params: byRule,
  answer: z.object({ id: ruleId, ruleId, deleted: z.literal(true) }),
  example: { params, answer: { id: params.id, ruleId: params.id, deleted: true } },
});

export const ruleRoutes = table(listRules, createRule, getRule, updateRule, deleteRule);
