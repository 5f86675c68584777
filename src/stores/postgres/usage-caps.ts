import type { UsageCap } from '../../ports/store/usage-cap.ts';
import { typesOfOwner } from './job-types.ts';
import { arraysOf, bigint, statement, text, unnest, type Call, type Column } from './statement.ts';

/*
 * Each server adds to shares of its own, so that none sees what others are just adding. Commits with a cap wait for
 * each other, owner by owner, each until the one before has committed: what they then sum up is all there is. It is
 * the first lock that they take. Commits without a cap do not wait: the quotas leave caps out only where there is room
 * for whatever others might add.
 */

const columns: readonly Column<UsageCap>[] = [
  text('owner_id', ({ ownerId }) => ownerId),
  text('kind', ({ kind }) => kind),
  bigint('unfinished', ({ unfinished }) => unfinished),
  bigint('kept', ({ kept }) => kept),
  bigint('bytes', ({ bytes }) => bytes),
];

const lock = statement(
  'usage_lock',
  'SELECT count(pg_advisory_xact_lock(hashtextextended(c.name, 7241996350118028))) FROM unnest($1::text[]) AS c (name)',
);
// Dividing by zero stops the transaction, as in `all-or-nothing.ts`.
const check = statement(
  'usage_check',
  `SELECT 1 / (count(*) = 0)::int AS within FROM ${unnest(columns)}, LATERAL (
      SELECT sum(unfinished) AS unfinished, sum(kept) AS kept, sum(bytes) AS bytes FROM owner_usage
      WHERE owner_id = c.owner_id AND kind = c.kind
    ) u WHERE u.unfinished > c.unfinished OR u.kept > c.kept OR u.bytes > c.bytes`,
);
const checkTypes = statement(
  'usage_check_types',
  `WITH RECURSIVE ${typesOfOwner} SELECT 1 / (count(*) < $3)::int AS within FROM types_of_owner`,
);

/** Before everything else in the transaction. */
export function lockCapped(caps: readonly UsageCap[]): Call[] {
  if (caps.length === 0) return [];
  return [{ statement: lock, values: [caps.map(({ ownerId, kind }) => `${kind} ${ownerId}`).toSorted()] }];
}

/** Behind everything else. */
export function checkCaps(caps: readonly UsageCap[]): Call[] {
  if (caps.length === 0) return [];
  const typed = caps.flatMap(({ ownerId, kind, types }) => (types === null ? [] : [[ownerId, kind, types + 1]]));
  return [
    { statement: check, values: arraysOf(columns, caps) },
    ...typed.map((values) => ({ statement: checkTypes, values })),
  ];
}
