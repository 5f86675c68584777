import { ok, refuse, type Result } from '../../domain/errors.ts';
import type {
  DeliveryAttempt, DeliveryState, ListedDelivery, StoredDelivery, StoredWebhookSecret, WebhookStore,
} from '../../ports/store/webhook-store.ts';
import type { AttemptStore } from '../../ports/store/attempt-store.ts';
import type { Clock, Ids } from '../../ports/world.ts';
import type { RequestContext } from '../request.ts';
import { isAdmin, maySee } from '../caller.ts';
import { secondsUntil } from '../seconds-until.ts';
import { testEvent } from './attempts.ts';
import { addSecret, liveSecrets, maxLiveSecrets } from './secrets.ts';

/** What a user sees and does of outgoing webhooks. An admin sees everybody's deliveries. */
export interface Webhooks {
  /** Newest first: use the first one. Created on the first call. */
  secrets(context: RequestContext): Promise<Result<readonly StoredWebhookSecret[]>>;
  /** Those before sign too for a day. */
  rotateSecret(context: RequestContext): Promise<Result<readonly StoredWebhookSecret[]>>;
  deliveries(context: RequestContext, filter: DeliveryFilter): Promise<Result<DeliveryPage>>;
  delivery(context: RequestContext, deliveryId: string): Promise<Result<DeliveryView>>;
  /** Sends it again at once, with all its attempts before it. */
  replay(context: RequestContext, deliveryId: string): Promise<Result<StoredDelivery>>;
  /** Sends a test there, once. */
  test(context: RequestContext, url: string): Promise<Result<StoredDelivery>>;
  /** The caller's endpoints that answered 410. */
  disabled(context: RequestContext): Promise<Result<readonly DisabledEndpoint[]>>;
  enable(context: RequestContext, url: string): Promise<Result<null>>;
}

export interface DeliveryFilter {
  readonly jobId?: string;
  readonly state?: DeliveryState;
  readonly cursor?: string;
  /** 1 to 999. */
  readonly limit: number;
}

export interface DeliveryPage {
  readonly deliveries: readonly ListedDelivery[];
  readonly nextCursor: string | null;
}

export interface DeliveryView {
  readonly delivery: StoredDelivery;
  /** The newest 100, oldest first. */
  readonly attempts: readonly DeliveryAttempt[];
}

export interface DisabledEndpoint {
  readonly url: string;
  readonly disabledAt: number;
}

export interface WebhookDependencies {
  readonly webhooks: WebhookStore;
  readonly attempts: AttemptStore;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Why nothing is sent to a URL; completes "the URL …". */
  readonly urlProblem: (url: string) => string | null;
  /** A delivery is due. */
  readonly onDue: () => void;
}

/** Of one user in a minute. */
export const mostTests = 10;

export function createWebhooks(deps: WebhookDependencies): Webhooks {
  const { webhooks } = deps;
  return {
    secrets: async ({ caller }) => ok(await liveSecrets(deps, caller.userId)),
    rotateSecret: ({ caller }) => rotate(deps, caller.userId),
    deliveries: async ({ caller }, { limit, cursor, ...filter }) => {
      const page = await webhooks.list({
        ...filter,
        ownerId: isAdmin(caller) ? null : caller.userId,
        // One row more than requested shows whether there is a next page.
        limit: limit + 1,
        ...(cursor === undefined ? {} : { before: cursor }),
      });
      const deliveries = page.slice(0, limit);
      return ok({ deliveries, nextCursor: page.length > limit ? (deliveries.at(-1)?.id ?? null) : null });
    },
    delivery: async (context, deliveryId) => {
      const found = await find(deps, context, deliveryId);
      if (!found.ok) return found;
      return ok({ delivery: found.value, attempts: await webhooks.attempts(deliveryId) });
    },
    replay: (context, deliveryId) => replay(deps, context, deliveryId),
    test: (context, url) => test(deps, context, url),
    disabled: async ({ caller }) => ok(await webhooks.disabled(caller.userId)),
    enable: async ({ caller }, url) => {
      if ((await webhooks.disabledAt(caller.userId, url)) === null) {
        return refuse('not_found', 'This URL is not disabled.');
      }
      await webhooks.setDisabled(caller.userId, url, null);
      return ok(null);
    },
  };
}

async function rotate(deps: WebhookDependencies, ownerId: string): Promise<Result<readonly StoredWebhookSecret[]>> {
  const live = await liveSecrets(deps, ownerId);
  if (live.length >= maxLiveSecrets) {
    return refuse('conflict', `${maxLiveSecrets} secrets are already in use: wait until one of them expires.`);
  }
  await addSecret(deps, ownerId);
  return ok(await liveSecrets(deps, ownerId));
}

async function replay(
  deps: WebhookDependencies,
  context: RequestContext,
  deliveryId: string,
): Promise<Result<StoredDelivery>> {
  const { webhooks, clock } = deps;
  const found = await find(deps, context, deliveryId);
  if (!found.ok) return found;
  const { ownerId, url } = found.value;
  context.audit?.of(ownerId);
  if ((await webhooks.disabledAt(ownerId, url)) !== null) {
    return disabledEndpoint();
  }
  if (!(await webhooks.replay(deliveryId, clock.now()))) {
    return refuse('conflict', 'The delivery is still in progress: replay it after it has ended.', {
      state: 'pending',
    });
  }
  deps.onDue();
  return find(deps, context, deliveryId);
}

async function test(
  { webhooks, attempts, clock, ids, urlProblem, onDue }: WebhookDependencies,
  { caller: { userId: ownerId }, traceparent }: RequestContext,
  url: string,
): Promise<Result<StoredDelivery>> {
  const problem = urlProblem(url);
  if (problem !== null) {
    // Whatever else can be wrong with a URL is refused before.
    const details = { fields: { url: problem }, reasons: { url: 'private_address' } };
    return refuse('invalid_request', `The URL ${problem}.`, details);
  }
  if ((await webhooks.disabledAt(ownerId, url)) !== null) return disabledEndpoint();
  const now = clock.now();
  const [counted] = await attempts.count([`webhook-test:${ownerId}`], { now, windowMs: 60_000 });
  if (counted !== undefined && counted.count > mostTests) {
    return refuse('rate_limit', `More than ${mostTests} tests in a minute: wait a little.`, {
      retryAfterSeconds: secondsUntil(counted.endsAt, now),
    });
  }
  const data = { message: 'This is a test. Nothing has happened.' };
  const delivery: StoredDelivery = {
    id: ids.uuid(), jobId: '', ownerId, url, eventType: testEvent,
    body: JSON.stringify({ type: testEvent, timestamp: new Date(now).toISOString(), data }),
    traceparent,
    state: 'pending', attempt: 0, dueAt: now, createdAt: now, endedAt: null,
  };
  await webhooks.put([delivery]);
  onDue();
  return ok(delivery);
}

function disabledEndpoint() {
  return refuse('conflict', 'The endpoint is disabled: enable it first.');
}

async function find(
  { webhooks }: Pick<WebhookDependencies, 'webhooks'>,
  { caller }: RequestContext,
  deliveryId: string,
): Promise<Result<StoredDelivery>> {
  const delivery = await webhooks.get(deliveryId);
  if (delivery !== null && maySee(caller, delivery.ownerId)) return ok(delivery);
  return refuse('not_found', `There is no delivery ${deliveryId}.`);
}
