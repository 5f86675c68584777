import type { HandlersFor } from '../../../transports/rest/serve.ts';
import { answering } from '../../../transports/rest/handlers/results.ts';
import { iso } from '../../../contract/times.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { SecretAdministration, SecretView } from '../application/secret-administration.ts';
import type { putSecret, secretRoutes } from '../contract/secrets.ts';

export function secretHandlers(secrets: SecretAdministration): HandlersFor<typeof secretRoutes> {
  return {
    listSecrets: ({ context }) => answering(secrets.list(context), (all) => ({ secrets: all.map(secretOf) })),
    putSecret: ({ context, params, body }) => answering(secrets.put(context, params.name, body.value), secretOf),
    deleteSecret: ({ context, params: { name } }) =>
      answering(secrets.delete(context, name), () => ({ name, deleted: true as const })),
  };
}

function secretOf({ name, createdBy, createdAt, updatedAt }: SecretView): RouteAnswer<typeof putSecret> {
  return { name, createdBy, createdAt: iso(createdAt), updatedAt: iso(updatedAt) };
}
