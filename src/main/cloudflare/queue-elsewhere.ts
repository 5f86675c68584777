import { refusal } from '../../domain/errors.ts';
import type { RuntimeRoute } from '../../transports/rest/runtime-route.ts';

/** For workers that are set up as for another server: where the messages are that they look for here. */
export const queueElsewhere: RuntimeRoute = {
  path: '/api/queues/*',
  methods: null,
  quiet: true,
  serve: async () => ({ ok: false, refusal: refusal('not_found', message) }),
};

const message =
  'This server does not hand out messages: they are pushed to GPU_WORKER_URL, or pulled from Cloudflare Queues, at ' +
  'https://api.cloudflare.com/client/v4/accounts/<account>/queues/<queue>/messages/pull.';
