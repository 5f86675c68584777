import { expect, it } from 'vitest';
import { newDatabase } from '../../postgres/database.ts';
import { open } from './open.ts';

/** Whoever changes the schema reads in the difference what became of it, and of the other dialect's beside it. */
const advice = 'if the schema is meant to be so: npm test -- test/stores/postgres/schema.test.ts -u';

interface Relation {
  readonly name: string;
  readonly kind: 'table' | 'partitioned table' | 'view';
  readonly options: string | null;
  readonly partition: string | null;
  readonly columns: readonly string[];
  readonly constraints: readonly string[];
  readonly indexes: readonly string[];
  readonly definition: string | null;
}

const select = `
  SELECT CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname AS name,
    CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' ELSE 'view' END AS kind,
    array_to_string(c.reloptions, ', ') AS options,
    (SELECT p.inhparent::regclass::text || ' ' || pg_get_expr(c.relpartbound, c.oid)
      FROM pg_inherits p WHERE p.inhrelid = c.oid) AS partition,
    ARRAY(
      SELECT concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod),
        (SELECT 'collate ' || l.collname FROM pg_collation l
          WHERE l.oid = a.attcollation AND l.collname <> 'default'),
        CASE WHEN a.attnotnull THEN 'not null' END,
        CASE a.attidentity WHEN 'a' THEN 'identity' END,
        CASE WHEN a.attgenerated = 's' THEN 'generated' END || ' ' || pg_get_expr(d.adbin, d.adrelid),
        CASE WHEN a.attgenerated = '' THEN 'default ' || pg_get_expr(d.adbin, d.adrelid) END)
      FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
    ) AS columns,
    ARRAY(
      SELECT pg_get_constraintdef(o.oid) FROM pg_constraint o WHERE o.conrelid = c.oid AND o.contype <> 'n'
      ORDER BY o.contype DESC, o.conname
    ) AS constraints,
    ARRAY(
      SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i
      WHERE i.indrelid = c.oid AND NOT EXISTS (SELECT 1 FROM pg_constraint o WHERE o.conindid = i.indexrelid)
      ORDER BY i.indexrelid::regclass::text COLLATE "C"
    ) AS indexes,
    CASE c.relkind WHEN 'v' THEN pg_get_viewdef(c.oid) END AS definition
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname IN ('public', 'sql') AND c.relkind IN ('r', 'p', 'v')
  ORDER BY n.nspname, c.relkind = 'v', c.relname COLLATE "C"`;

it('the schema of PostgreSQL is the one in golden/postgres.txt', async ({ skip }) => {
  const database = await newDatabase();
  const [server] = await database.run<{ version: string }>("SELECT current_setting('server_version_num') AS version");
  if (!server?.version.startsWith('18')) return skip('the dump is spelled as PostgreSQL 18 does');
  await (await open(database.url)).close();
  const relations = await database.run<Relation>(select);
  const text = `${relations.map(describeOne).join('\n\n')}\n`;
  await expect(text, advice).toMatchFileSnapshot('../golden/postgres.txt');
});

function describeOne({ name, kind, options, partition, columns, constraints, indexes, definition }: Relation): string {
  const lines = [`${kind} ${name}${options === null ? '' : ` with (${options})`}`];
  if (partition !== null) lines.push(`  partition of ${partition}`);
  lines.push(...columns.map((column) => `  ${column}`));
  lines.push(...constraints.map((constraint) => `  ${constraint.replace(/^[A-Z ]+/, (words) => words.toLowerCase())}`));
  for (const index of indexes) {
    const [, unique = '', itsName, on] = /^CREATE (UNIQUE )?INDEX (\w+) ON \S+ USING btree (.*)$/.exec(index) ?? [];
    lines.push(`  ${unique.toLowerCase()}index ${itsName} ${on}`);
  }
  if (definition !== null) lines.push(`  as ${definition.replace(/\s+/g, ' ').trim()}`);
  return lines.join('\n');
}
