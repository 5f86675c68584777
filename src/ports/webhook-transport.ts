/** How outgoing webhooks reach their receivers, and which receivers they may reach. */
export interface WebhookTransport {
  /**
   * Why nothing is ever sent to the URL, for people: it completes "the URL …". Null when it may be tried: what its name
   * resolves to is looked at whenever something is sent.
   */
  urlProblem(url: string): string | null;
  /** One POST. Redirects are not followed. Never rejects. */
  post(request: WebhookRequest): Promise<WebhookAnswer>;
}

export interface WebhookRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as UTF-8. */
  readonly body: string;
  /** For all of it: resolving, connecting, sending, and reading the answer. */
  readonly timeoutMs: number;
}

/** Of an answer's body. */
export const keptAnswerBytes = 1_024;

export type WebhookAnswer =
  | {
      readonly status: number;
      /** The header as it came: seconds or a date. */
      readonly retryAfter: string | null;
      /** How its body begins: the first `keptAnswerBytes`, as text. */
      readonly body: string;
    }
  /** There was no answer; why, for people. */
  | { readonly status: null; readonly error: string };
