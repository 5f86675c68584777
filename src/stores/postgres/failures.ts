import pg from 'pg';
import {
  StoreNotWritable, StoreUnreachable, type NotWritableReason, type StoreOutage,
} from '../../ports/store/unreachable.ts';

/** A transaction was refused and taken back: certainly nothing of it is stored. */
export class TransactionRefused extends Error {
  override readonly name = 'TransactionRefused';
  /** PostgreSQL's code of five characters (SQLSTATE). */
  readonly code: string;

  constructor(cause: pg.DatabaseError) {
    super(describe(cause), { cause: outageIn(cause) ?? cause });
    this.code = cause.code ?? '';
  }
}

function outageIn(cause: pg.DatabaseError): StoreOutage | null {
  const { code = '' } = cause;
  const reason = notWritable[code];
  if (reason !== undefined) return new StoreNotWritable(reason, describe(cause), cause);
  return /^(57P|08)/.test(code) ? new StoreUnreachable(describe(cause), { cause }) : null;
}

/** SQLSTATEs by which PostgreSQL says that it takes no writes now, or no room is left for them. */
const notWritable: Readonly<Record<string, NotWritableReason>> = {
  25006: 'read_only',
  53100: 'disk_full',
  58030: 'disk_error',
};

/** SQLSTATEs that this store acts on. https://www.postgresql.org/docs/current/errcodes-appendix.html */
export const sqlStates = {
  divisionByZero: '22012',
  serializationFailure: '40001',
  deadlock: '40P01',
  uniqueViolation: '23505',
} as const;

/** Whether the statement failed and the connection is as good as before. */
export function isRefusal(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && !endsConnection(error);
}

/** Shutdowns and crashes (57P), broken connections (08), faults of the server or its system (XX, 58). */
export function endsConnection({ code = '' }: pg.DatabaseError): boolean {
  return /^(57P|08|XX|58)/.test(code);
}

function describe({ message, code, detail, table, constraint }: pg.DatabaseError): string {
  const where = constraint === undefined ? (table === undefined ? '' : ` in ${table}`) : ` by ${constraint}`;
  return `PostgreSQL refused${where}: ${message} (${code})${detail === undefined ? '' : `: ${detail}`}`;
}

/** What to tell a person of a connection that could not be made; without the URL, which holds a password. */
export function unreachable(error: unknown, url: string): StoreUnreachable {
  const where = placeOf(url);
  return new StoreUnreachable(`${reasonOf(error, where)} (${where.text})`, { cause: error });
}

/** Waited in vain for one of the pool's own connections; says nothing about the database. */
export function isPoolExhausted(error: unknown): boolean {
  return (error as Error).message === 'timeout exceeded when trying to connect';
}

interface Place {
  readonly text: string;
  readonly user: string;
  readonly database: string;
}

/** Host, port, user and database. */
export function placeOf(url: string): Place {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null) return { text: 'DATABASE_URL', user: '', database: '' };
  const user = decodeURIComponent(parsed.username);
  const database = decodeURIComponent(parsed.pathname.slice(1));
  const host = parsed.host === '' ? (parsed.searchParams.get('host') ?? 'localhost') : parsed.host;
  return { text: `PostgreSQL at ${host}, database ${database || user || 'of its user'}`, user, database };
}

function reasonOf(error: unknown, { user, database }: Place): string {
  const { code, message } = error as { code?: string; message: string };
  switch (code) {
    case 'ECONNREFUSED':
      return 'Nothing listens there: check that the database is running, and that host and port are right.';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return "The database's host name cannot be resolved.";
    case '28P01':
    case '28000':
      return `The database refused the user ${JSON.stringify(user)} or its password: ${message}`;
    case '3D000':
      return `There is no database ${JSON.stringify(database)}: create it with CREATE DATABASE.`;
    case '53300':
      return 'The database has no free connections: lower DATABASE_POOL_SIZE, or raise its max_connections.';
    case '57P03':
      return `The database is not ready: ${message}`;
    case '08P01':
      return `${message}: if this is a proxy such as PgBouncer, set DATABASE_PROXY=true.`;
    default:
      if (isPoolExhausted(error)) return 'Every connection of this server is in use: raise DATABASE_POOL_SIZE.';
      return /timeout/i.test(message)
        ? 'The database did not answer in time.'
        : `The database cannot be reached: ${message || code || 'no reason given'}`;
  }
}
