import { PrismaPg } from '@prisma/adapter-pg';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { CompiledQuery, Kysely, PostgresDialect, sql as kyselySql } from 'kysely';
import pg from 'pg';
import type { Enqueued } from '../../src/main/embedded/index.ts';
import { PrismaClient } from './prisma-client.ts';

/** Stores an order and a task for it, in one transaction of that driver, or neither. */
type InTransaction = (order: string, enqueued: Enqueued, end: 'commit' | 'rollback') => Promise<void>;

const rolledBack = new Error('rolled back');
const endBy = (end: 'commit' | 'rollback'): void => {
  if (end === 'rollback') throw rolledBack;
};

interface Driver {
  readonly run: InTransaction;
  readonly close: () => Promise<unknown>;
}

export const drivers: Readonly<Record<string, (url: string) => Driver>> = {
  'node-postgres': (url) => {
    const pool = new pg.Pool({ connectionString: url });
    const run: InTransaction = async (order, enqueued, end) => {
      const client = await pool.connect();
      await client.query('BEGIN');
      await client.query('INSERT INTO orders VALUES ($1)', [order]);
      await client.query(enqueued);
      await client.query(end);
      client.release();
      endBy(end);
    };
    return { run, close: () => pool.end() };
  },
  Drizzle: (url) => {
    const pool = new pg.Pool({ connectionString: url });
    const db = drizzle(pool);
    const run: InTransaction = (order, enqueued, end) =>
      db.transaction(async (tx) => {
        await tx.execute(sql`INSERT INTO orders VALUES (${order})`);
        await tx.execute(sql(...enqueued.template));
        endBy(end);
      });
    return { run, close: () => pool.end() };
  },
  Kysely: (url) => {
    const db = new Kysely<object>({
      dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url }) }),
    });
    const run: InTransaction = (order, enqueued, end) =>
      db.transaction().execute(async (trx) => {
        await kyselySql`INSERT INTO orders VALUES (${order})`.execute(trx);
        await kyselySql(...enqueued.template).execute(trx);
        endBy(end);
      });
    return { run, close: () => db.destroy() };
  },
  'Kysely, by a compiled query': (url) => {
    const db = new Kysely<object>({
      dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url }) }),
    });
    const run: InTransaction = (order, { text, values }, end) =>
      db.transaction().execute(async (trx) => {
        await trx.executeQuery(CompiledQuery.raw('INSERT INTO orders VALUES ($1)', [order]));
        await trx.executeQuery(CompiledQuery.raw(text, values));
        endBy(end);
      });
    return { run, close: () => db.destroy() };
  },
  Prisma: (url) => {
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: url }) });
    const run: InTransaction = (order, enqueued, end) =>
      prisma.$transaction(async (tx) => {
        await tx.$executeRaw`INSERT INTO orders VALUES (${order})`;
        await tx.$executeRaw(...enqueued.template);
        endBy(end);
      });
    return { run, close: () => prisma.$disconnect() };
  },
  'Prisma, by an unsafe query': (url) => {
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: url }) });
    const run: InTransaction = (order, { text, values }, end) =>
      prisma.$transaction(async (tx) => {
        await tx.$executeRawUnsafe('INSERT INTO orders VALUES ($1)', order);
        await tx.$executeRawUnsafe(text, ...values);
        endBy(end);
      });
    return { run, close: () => prisma.$disconnect() };
  },
};
