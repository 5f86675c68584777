import { errorTraits, type ErrorCode } from './errors.ts';

/** What there is to say of one error code, for whoever ran into it. Text in which `…` is code. */
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
      'A field is missing, has the wrong type or lies outside its limits. `details.fields` maps the path of each to ' +
        'what is wrong with it: `{"itemCount": "must be at most 200"}`.',
      'A field or a parameter of the query is misspelt; the message suggests the one that was probably meant.',
      'The body is no JSON, is compressed, came too slowly or is too large. The status is then 400, 408, 413 or 415.',
      'The JSON holds a number that cannot be kept exactly, a name twice, or a lone surrogate.',
    ],
    cures: [
      'Correct the fields that `details.fields` names; the same request will never succeed.',
      'Look the route up at `/docs`, or in `/openapi.json`: each field is there with its limits.',
      'Send large numbers as text.',
    ],
  },
  not_found: {
    causes: [
      'There is no job, rule, token, schedule, delivery or user with that id, or it was deleted.',
      'It belongs to another user. The two are not told apart, so that nobody learns of what is not theirs.',
      'The path is no route of this server, or of this runtime: Cloudflare serves fewer of them.',
      'A job is asked for by the route of another kind; the message names the kind that it has.',
    ],
    cures: [
      'Check the id, the server’s address, and whose token you send: `GET /api/user/me` shows you who you are.',
      'Jobs that ended long ago are deleted when `RETENTION_DAYS` have passed.',
    ],
  },
  invalid_state: {
    causes: [
      'The job is in a state that does not allow this. `details.state` names the state: an upload is confirmed while ' +
        'a set is `created`, a set is executed while it is `uploaded`, a job that has ended is not canceled.',
      'The same command came twice: the first one has done it.',
    ],
    cures: [
      'Show the job to see where it is. If it is where you wanted it, somebody, or an earlier attempt of yours, was ' +
        'faster, and nothing is left to do.',
      'The lifecycle of each kind, with every transition that there is, stands in docs/lifecycles.',
    ],
  },
  insufficient_credits: {
    causes: [
      'The account has fewer credits than the job needs. `details` has `needed` and `available`. Credits that open ' +
        'jobs hold are not available until those jobs end.',
    ],
    cures: [
      'Wait for open jobs to end, or cancel one: what it did not deliver comes back.',
      'An administrator grants credits: `waybill account grant USER --credits N`, or `POST /api/accounts/:id/grants`.',
    ],
  },
  concurrency_limit: {
    causes: [
      'As many jobs of the account have not ended as its plan runs at once. A set of photos holds its place from ' +
        'create until it has ended, even while nothing is uploaded.',
    ],
    cures: [
      'Wait for one to end and send the request again; `Retry-After` says when to look.',
      '`waybill job list --phase active` and `--phase waiting` show what holds the places; cancel what is not needed.',
      'An administrator moves the account to a plan that runs more at once.',
    ],
  },
  rate_limit: {
    causes: [
      'Too many requests at once, or too many long polls, streams or uploads of one user or address.',
      'Too many wrong passwords for one user from one network.',
      'Too many items failed within an hour: failed items cost nothing, but they take a worker’s time.',
      'Too many accounts were made from one address.',
    ],
    cures: [
      'Wait as long as `Retry-After` says, in seconds, and send the request again.',
      'Let requests end before you send more; the limits are in docs/configuration.md.',
    ],
  },
  rule_limit: {
    causes: ['The account has as many saved rules as its plan allows.'],
    cures: ['Delete a rule that is not needed any more, change one in place, or move to a larger plan.'],
  },
  quota_exceeded: {
    causes: [
      'What the plan keeps for one owner is used up. `details.what` names it (jobs of a kind, bytes, objects, ' +
        'types), `details.limit` the limit and `details.used` what there is.',
    ],
    cures: [
      'Let open jobs end, or delete jobs that have ended.',
      'What has ended is deleted after `RETENTION_DAYS`, objects after their own retention.',
      'The operator raises the limit of a plan by the `QUOTA_…` options (docs/configuration.md).',
    ],
  },
  missing_uploads: {
    causes: [
      'The upload is confirmed and verified, and files are not there. `details.missing` lists their indexes.',
      'A job is to be made of another one’s photos, and those are not kept any longer.',
    ],
    cures: [
      'Upload the missing files to the URLs that the create answered, and confirm again. The same create request ' +
        'with the same Idempotency-Key answers fresh URLs.',
      'Confirm fewer items with `totalItems`.',
    ],
  },
  conflict: {
    causes: [
      'It contradicts what is stored: a name or an address that is taken, a job that has ended, a dedupe key that ' +
        'another open job holds, the only administrator that is to be deleted.',
    ],
    cures: ['Read the message, which says what stands in the way; change that, or leave it as it is.'],
  },
  idempotency_mismatch: {
    causes: ['The Idempotency-Key was used before, by the same user on the same route, with another body.'],
    cures: [
      'Make a new key for every new request, and send the same key only to repeat one: a UUID does.',
      'If the request was meant to be the same, send what the first one sent. The order of fields does not count.',
    ],
  },
  idempotency_in_progress: {
    causes: ['The first request with this Idempotency-Key has not been answered yet.'],
    cures: ['Wait a second and send it again: it will be answered what the first was.'],
  },
  unauthenticated: {
    causes: [
      'The request has no `Authorization: Bearer …` header, and the route needs one.',
      'The JWT has expired, has no `exp`, is signed with another secret, or is for another audience or issuer.',
      'The API key is unknown, revoked or has ended, or its user is disabled.',
      'The login is over: after a logout, a new password, or when an administrator ended it.',
      'A worker’s `x-gpu-callback-secret` is not the server’s.',
    ],
    cures: [
      'Log in again (`waybill login`, `POST /api/v1/auth/login`) or make a new key (`waybill token create`).',
      'In development mode any user id is a token: `Authorization: Bearer mira`.',
      'Workers take the secret from `GPU_CALLBACK_SECRET`, on both sides the same.',
    ],
  },
  forbidden: {
    causes: [
      'The credentials are good, but the role is not enough. `details.needs` names the role.',
      'The operator has switched it off: anonymous sign-up, logins with a password.',
      'A page of another origin, or a request under a foreign host name, asks for what is for this server’s own.',
      'Setup was asked for without its token, or more than an hour after the start.',
    ],
    cures: [
      'Ask an administrator for the role, or use a key of somebody who has it.',
      'For pages, name their origin in `ALLOWED_ORIGINS` and the server’s address in `PUBLIC_URL`.',
    ],
  },
  lease_lost: {
    causes: [
      'The worker was not heard of for longer than its lease, so that the job was given to another worker.',
      'The attempt took longer than its time limit, or the job was canceled or has ended.',
    ],
    cures: [
      'Stop working on it: another worker has it. Whatever this one still reports is refused, and charged to nobody.',
      'Send heartbeats more often than the lease lasts, from a thread or timer that the work does not block.',
    ],
  },
  unavailable: {
    causes: [
      'The database or the object store cannot be reached, or cannot be written: the disk is full or read-only. ' +
        '`GET /api/health` names the part, and `waybill doctor` says more.',
      'The server is shutting down, or is too busy to take more now.',
    ],
    cures: [
      'Send the same request again after `Retry-After`: with an Idempotency-Key it is done once, however often it is ' +
        'sent.',
      'The operator finds the reason in the log, once per outage; docs/guides/disk-space.md is about full disks.',
    ],
  },
  internal: {
    causes: ['A fault of the server. Nothing of the request was stored, or all of it.'],
    cures: [
      'Look into the server’s log for the request id, which the answer has in `details.requestId` and in the header ' +
        '`x-request-id`.',
      'Report it with that line of the log.',
    ],
  },
};

/** The page as Markdown, for docs/errors. */
export function errorDocument(code: ErrorCode): string {
  const { http, exit, retryable, description } = errorTraits[code];
  const { causes, cures } = errorPages[code];
  const list = (entries: readonly string[]): string[] => entries.map((entry) => `- ${entry}`);
  return [
    `# ${code}`,
    '',
    description,
    '',
    `HTTP status ${http} · exit status ${exit} of the command line · ` +
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
