import { errorTraits, type ErrorCode } from './errors.ts';

/** The documentation of one error code, for people who got the error. Text in which `…` is code. */
export interface ErrorPage {
  /** When it is answered, the most frequent first. */
  readonly causes: readonly string[];
  /** What to do about it. */
  readonly cures: readonly string[];
}

/** A page for every code: one that is added does not compile until it has its page. */
export const errorPages: Readonly<Record<ErrorCode, ErrorPage>> = {
  invalid_request: {
    causes: [
      'A field is missing, has the wrong type or is out of range. `details.fields` maps the path of each such ' +
        'field to the problem: `{"itemCount": "must be at most 200"}`.',
      'A field or a query parameter is misspelled; the message suggests the one that was probably meant.',
      'The body is not JSON, is compressed, arrived too slowly or is too large. The status is then 400, 408, 413 ' +
        'or 415.',
      'The JSON contains a number that cannot be represented exactly, a duplicate name, or a lone surrogate.',
    ],
    cures: [
      'Correct the fields that `details.fields` names. Do not retry the request unchanged.',
      'Look up the route at `/docs` or in `/openapi.json`, which list every field with its limits.',
      'Send large numbers as strings.',
    ],
  },
  not_found: {
    causes: [
      'There is no job, rule, token, schedule, delivery or user with this id, or it was deleted.',
      'It belongs to another user. The answer is the same, so that nobody learns what others have.',
      'The path is not a route of this server. On Cloudflare the status is 501 where Waybill on Node has it.',
      'The route is for another kind of job; the message names the kind of this one.',
    ],
    cures: [
      'Check the id, the address of the server and the token: `GET /api/user/me` shows whose it is.',
      'Jobs are deleted `RETENTION_DAYS` after their end.',
    ],
  },
  invalid_state: {
    causes: [
      'The state of the job, which `details.state` names, does not allow the command. For example, a job that has ' +
        'ended cannot be canceled.',
      'The command was sent twice, and the first one succeeded.',
    ],
    cures: [
      'Look at the job. If it is already in the state that you wanted, an earlier request did it, and there is ' +
        'nothing left to do.',
      'docs/lifecycles shows the lifecycle of each kind with every allowed transition.',
    ],
  },
  insufficient_credits: {
    causes: [
      'The account has fewer available credits than the job needs; `details` has `needed` and `available`. Credits ' +
        'reserved by jobs that have not ended are not available.',
    ],
    cures: [
      'Wait until other jobs end, or cancel one: the credits for what it did not deliver are returned.',
      'Ask an administrator to grant credits: `waybill account grant USER --credits N`, or `POST ' +
        '/api/accounts/:id/grants`.',
    ],
  },
  concurrency_limit: {
    causes: [
      'The number of jobs of the account that have not ended has reached the limit of its plan. A job takes a slot ' +
        'from its creation to its end, even before anything is uploaded.',
    ],
    cures: [
      'Wait until a job ends, and retry after the time in `Retry-After`.',
      'Find the jobs with `waybill job list --phase active` and `--phase waiting`, and cancel those that you do ' +
        'not need.',
      'Ask an administrator to move the account to a larger plan.',
    ],
  },
  limit_reached: {
    causes: [
      'There are as many of something as there may be at once. `details` says of what, and how many there may be: a ' +
        'sku has as many images that have not failed as IMAGE_MAX_PER_SKU allows, for example.',
    ],
    cures: [
      'Remove what is no longer needed, or let it end.',
      'Ask whoever runs the server to raise the limit.',
    ],
  },
  rate_limit: {
    causes: [
      'Too many concurrent requests, long polls, streams or uploads from one user or address.',
      'Too many wrong passwords for one user, or from one address.',
      'Too many failed items within an hour: they cost no credits, but they take up workers.',
      'Too many anonymous sign-ups from one address.',
    ],
    cures: [
      'Wait for the number of seconds in `Retry-After`, then retry.',
      'Send fewer requests at a time; the limits are listed in docs/configuration.md.',
    ],
  },
  rule_limit: {
    causes: ['The account has as many saved rules as its plan allows.'],
    cures: ['Delete a rule that you no longer need, update an existing one, or move to a larger plan.'],
  },
  quota_exceeded: {
    causes: [
      'The plan limits what is stored for one owner. `details.what` names the quota: `unfinished`, `stored`, `bytes` ' +
        'or `types` of the jobs of the kind `details.kind`, or `objectBytes`. `details.limit` is its limit and ' +
        '`details.used` the current use.',
    ],
    cures: [
      'Wait until jobs end, or delete jobs that have ended.',
      'Jobs are deleted `RETENTION_DAYS` after their end, objects after their own retention time.',
      'Ask the operator to raise the limit with the `QUOTA_…` options (docs/configuration.md).',
    ],
  },
  missing_uploads: {
    causes: [
      'The upload was confirmed with `verify`, but files are missing. `details.missing` lists their indexes.',
      'The job was to reuse the uploads of another job, but these have been deleted.',
    ],
    cures: [
      'Upload the missing files to the URLs from the create request, and confirm again. Repeating that request ' +
        'with the same Idempotency-Key returns fresh URLs.',
      'Or confirm fewer items with `totalItems`.',
    ],
  },
  conflict: {
    causes: [
      'The request conflicts with what is stored: a name or an email address is taken, a job has ended, another ' +
        'job holds the dedupe key, or the last administrator would be deleted.',
    ],
    cures: ['The message names the conflict. Resolve it, or change the request.'],
  },
  idempotency_mismatch: {
    causes: ['The same user sent this Idempotency-Key to the same route before, with a different body.'],
    cures: [
      'Generate a new key for every new request, such as a UUID; reuse a key only to retry the same request.',
      'If this is a retry, send the same body as before. The order of fields does not matter.',
    ],
  },
  idempotency_in_progress: {
    causes: ['The first request with this Idempotency-Key has not been answered yet.'],
    cures: ['Wait a second and retry: you will get the answer of the first request.'],
  },
  unauthenticated: {
    causes: [
      'The request has no `Authorization: Bearer …` header, and the route needs one.',
      'The JWT has expired, has no `exp`, is signed with another secret, or has another audience or issuer.',
      'The API key is unknown, revoked or expired, or its user is disabled.',
      'The login has ended: by a logout, a new password, or an administrator.',
      'The `x-gpu-callback-secret` of a worker is not the secret of the server.',
    ],
    cures: [
      'Log in again (`waybill login`, `POST /api/v1/auth/login`) or create a new key (`waybill token create`).',
      'In development mode any user id is a token: `Authorization: Bearer mira`.',
      'Set `GPU_CALLBACK_SECRET` to the same value for the server and its workers.',
    ],
  },
  forbidden: {
    causes: [
      'The credentials are valid, but the role does not allow this. `details.needs` names the role.',
      'The operator has disabled the feature: anonymous sign-up, or password logins.',
      'A web page of another origin, or a request with a foreign host name, used a route that only pages of this ' +
        'server may use.',
      'Setup was requested without the setup token, or more than an hour after the server started.',
    ],
    cures: [
      'Ask an administrator for the role, or use an API key of a user who has it.',
      'For web pages, add their origin to `ALLOWED_ORIGINS`, and set `PUBLIC_URL` to the address of the server.',
    ],
  },
  lease_lost: {
    causes: [
      'The worker sent no heartbeat before its lease expired, and the job went to another worker.',
      'The attempt timed out, or the job was canceled or has ended.',
    ],
    cures: [
      'Stop working on the job: another worker may have it. Further reports with this lease are refused, and ' +
        'nothing is charged for them.',
      'Send heartbeats well before the lease expires, from a thread or timer that the work does not block.',
    ],
  },
  unavailable: {
    causes: [
      'The database or the object store cannot be reached or written, for example because the disk is full or ' +
        'read-only. `GET /api/health` names the part, and `waybill doctor` tells more.',
      'The server is shutting down or overloaded.',
    ],
    cures: [
      'Retry after the time in `Retry-After`. With an Idempotency-Key the request takes effect once, however often ' +
        'it is sent.',
      'The log of the server names the reason, once per outage. docs/guides/disk-space.md covers full disks.',
    ],
  },
  internal: {
    causes: ['A bug or fault in the server. The request was stored completely or not at all.'],
    cures: [
      'Search the log of the server for the request id, which is in `details.requestId` and in the header ' +
        '`x-request-id`.',
      'Report the problem with that line of the log.',
    ],
  },
};

/** The page as Markdown, for docs/errors. */
export function errorDocument(code: ErrorCode): string {
  const { http, grpc, exit, retryable, description } = errorTraits[code];
  const { causes, cures } = errorPages[code];
  const list = (entries: readonly string[]): string[] => entries.map((entry) => `- ${entry}`);
  return [
    `# ${code}`,
    '',
    description,
    '',
    `HTTP status ${http} · gRPC status ${grpc} · exit status ${exit} of the command line · ` +
      (retryable ? 'the same request may succeed later' : 'the same request will not succeed later'),
    '',
    '## Causes',
    '',
    ...list(causes),
    '',
    '## What to do',
    '',
    ...list(cures),
    '',
  ].join('\n');
}
