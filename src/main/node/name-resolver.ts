import { lookup, Resolver, type LookupAddress } from 'node:dns';
import { isIP } from 'node:net';

export type Resolve = (name: string) => Promise<readonly LookupAddress[]>;

/** The system's lookup holds one of the few threads that files and passwords need as well. */
const maxLookups = 2;
/** For a name's servers to answer anything at all. */
const defaultPatienceMs = 2_500;
const tries = 2;

/**
 * Resolves names as the system does, its hosts file and search domains included. A name whose servers do not answer
 * could hold a thread of the process for half a minute: so it is first asked for in a way that takes no thread, and
 * only one that gets some answer, if only that there is no such name, is given to the system.
 */
export function createNameResolver(servers?: readonly string[], patienceMs = defaultPatienceMs): Resolve {
  const resolver = new Resolver({ timeout: patienceMs, tries });
  if (servers !== undefined) resolver.setServers(servers);
  const waiting: (() => void)[] = [];
  let running = 0;
  const inTurn = async (name: string): Promise<readonly LookupAddress[]> => {
    if (running >= maxLookups) await new Promise<void>((begin) => waiting.push(begin));
    else running += 1;
    try {
      return await lookUp(name);
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
  return async (name) => {
    const isSearched = isIP(name) === 0 && name.includes('.') && !name.endsWith('localhost');
    if (isSearched && !(await isAnswered(resolver, name))) {
      throw new Error(`The name ${name} could not be resolved: its name servers do not answer.`);
    }
    return inTurn(name);
  };
}

function isAnswered(resolver: Resolver, name: string): Promise<boolean> {
  return new Promise((settle) => {
    resolver.resolve4(name, (error) => settle(error === null || error.code !== 'ETIMEOUT'));
  });
}

function lookUp(name: string): Promise<readonly LookupAddress[]> {
  return new Promise((fulfil, reject) => {
    lookup(name, { all: true }, (error, addresses) => (error === null ? fulfil(addresses) : reject(error)));
  });
}
