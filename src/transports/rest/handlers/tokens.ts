import type { TokenView, Tokens } from '../../../application/tokens/tokens.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { listTokens, tokenRoutes } from '../../../contract/tokens.ts';
import type { HandlersFor } from '../serve.ts';
import { answering } from './results.ts';
import { iso, isoOrNull } from '../../../contract/times.ts';

type Token = RouteAnswer<typeof listTokens>['tokens'][number];

export function tokenHandlers(tokens: Tokens): HandlersFor<typeof tokenRoutes> {
  return {
    listTokens: ({ context, query }) =>
      answering(tokens.list(context, query), (page) => ({ ...page, tokens: page.tokens.map(tokenOf) })),
    createToken: ({ context, body }) =>
      answering(tokens.create(context, body), (created) => ({ ...tokenOf(created), key: created.key })),
    revokeTokens: ({ context, query }) => tokens.revokeAll(context, query.userId),
    revokeToken: ({ context, params }) =>
      answering(tokens.revoke(context, params.id), () => ({ tokenId: params.id, revoked: true as const })),
  };
}

function tokenOf({ id, userId, roles, name, createdAt, expiresAt, revokedAt, lastUsedAt }: TokenView): Token {
  return {
    tokenId: id,
    userId,
    roles,
    name,
    createdAt: iso(createdAt),
    expiresAt: isoOrNull(expiresAt),
    revokedAt: isoOrNull(revokedAt),
    lastUsedAt: isoOrNull(lastUsedAt),
  };
}
