import type { Rules } from '../application/rules.ts';
import type { getRule, ruleRoutes } from '../contract/rules.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { HandlersFor } from '../../../transports/rest/serve.ts';
import { answering } from '../../../transports/rest/handlers/results.ts';
import { iso } from '../../../contract/times.ts';

type Rule = RouteAnswer<typeof getRule>;
type StoredRule = Extract<Awaited<ReturnType<Rules['get']>>, { ok: true }>['value'];

export function ruleHandlers(rules: Rules): HandlersFor<typeof ruleRoutes> {
  return {
    listRules: ({ context }) => answering(rules.list(context), (all) => ({ rules: all.map(ruleOf) })),
    createRule: ({ context, body }) => answering(rules.create(context, { presetId: null, ...body }), ruleOf),
    getRule: ({ context, params }) => answering(rules.get(context, params.id), ruleOf),
    updateRule: ({ context, params, body }) => answering(rules.update(context, params.id, body), ruleOf),
    deleteRule: ({ context, params }) =>
      answering(rules.delete(context, params.id), () => ({ id: params.id, ruleId: params.id, deleted: true as const })),
  };
}

function ruleOf({ id, name, presetId, concepts, protect, createdAt, updatedAt }: StoredRule): Rule {
  return {
    id,
    ruleId: id,
    name,
    presetId,
    concepts: concepts as Rule['concepts'],
    protect,
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
  };
}
