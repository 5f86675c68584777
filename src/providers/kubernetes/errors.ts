/** What the API server's errors, and those of the connection to it, mean to the caller. */
import { ProviderFailure, type ProviderFailureCode } from '../../ports/provider.ts';

/** The Status object of an error, as far as it is of interest. */
interface Status {
  readonly message?: string;
  readonly reason?: string;
  readonly details?: { readonly kind?: string };
}

export interface ApiError {
  /** Status code of HTTP. */
  readonly code: number;
  readonly status: Status;
  /** In milliseconds; null if the server does not say. */
  readonly retryAfterMs: number | null;
}

/** Null for an error that is no answer of the API server. */
export function apiErrorOf(error: unknown): ApiError | null {
  const { code, body, headers } = error as { code?: unknown; body?: unknown; headers?: Record<string, string> };
  if (typeof code !== 'number' || headers === undefined) return null;
  const seconds = Number(headers['retry-after']);
  const retryAfterMs = headers['retry-after'] !== undefined && seconds >= 0 ? seconds * 1_000 : null;
  return { code, status: statusOf(body), retryAfterMs };
}

/** The client passes the body on as text. */
function statusOf(body: unknown): Status {
  if (typeof body !== 'string') return typeof body === 'object' && body !== null ? body : {};
  try {
    return statusOf(JSON.parse(body) ?? {});
  } catch {
    return { message: body.slice(0, 500) };
  }
}

/** Whether the server asks for the same request again, soon. */
export function isTemporary({ code, status }: ApiError): boolean {
  if (code === 429 || code === 503 || code === 504) return true;
  if (code === 500) return status.reason === 'ServerTimeout' || status.reason === 'Timeout';
  // In a namespace that was created a moment ago.
  return code === 403 && /serviceaccount "default" not found/.test(status.message ?? '');
}

export function isNamespaceMissing({ code, status }: ApiError): boolean {
  return code === 404 && status.details?.kind === 'namespaces';
}

/** Converts an error of the API server or of the connection. `server`: its URL. */
export function failureOf(error: unknown, server: string): ProviderFailure {
  if (error instanceof ProviderFailure) return error;
  const answer = apiErrorOf(error);
  if (answer === null) return noAnswer(error, server);
  const said = answer.status.message ?? `status ${answer.code}`;
  const fail = (code: ProviderFailureCode, retryable: boolean, advice = '') => {
    const end = /[.!?]$/.test(said) ? '' : '.';
    return new ProviderFailure(code, `Kubernetes says: ${said}${end}${advice}`, { retryable, cause: error });
  };
  if (isNamespaceMissing(answer)) return fail('invalid', false, ' Create the namespace, or configure another one.');
  switch (answer.code) {
    case 401:
      return fail('forbidden', false, ' Check the credentials in the kubeconfig.');
    case 403:
      if (/exceeded quota/.test(said)) return fail('capacity', true);
      if (/is being terminated/.test(said)) return fail('failed', true);
      if (/violates PodSecurity|usage per|looking up service account|must specify/.test(said)) {
        return fail('invalid', false);
      }
      return fail('forbidden', false, ' The role in deploy/kubernetes/rbac.yaml has every right that is needed.');
    case 400:
    case 422:
      return fail('invalid', false);
    case 503:
    case 504:
      return fail('unreachable', true);
    default:
      return fail('failed', answer.code >= 500 || answer.code === 409 || answer.code === 429);
  }
}

function noAnswer(error: unknown, server: string): ProviderFailure {
  const { cause = error } = error as { cause?: unknown };
  const { code, message } = cause as { code?: string; message?: string };
  const why = message || code || String(cause);
  const text = `Kubernetes does not answer at ${server} (${why}): start it or configure another address.`;
  return new ProviderFailure('unreachable', text, { retryable: true, cause: error });
}

export function silent(server: string, timeoutMs: number): ProviderFailure {
  const text = `Kubernetes at ${server} does not answer within ${timeoutMs / 1_000} s.`;
  return new ProviderFailure('unreachable', text, { retryable: true });
}
