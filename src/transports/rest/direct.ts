import type { Refusal } from '../../contract/errors.ts';
import { failure, type Answer } from './answer.ts';
import type { HeaderOf } from './auth/origin.ts';
import type { Exchange, Exchanges } from './exchange.ts';
import type { Incoming } from './incoming.ts';

type Guard = (asked: { readonly url: string; readonly header: HeaderOf }) => Refusal | null;
/** Logs what should never happen, and says so. */
type OnFault = (exchange: Exchange, thrown: unknown) => Answer;
type Serve = (incoming: Incoming, exchange: Exchange) => Promise<Answer>;

interface Place {
  readonly fixed: Map<string, Place>;
  /** What stands for a parameter here. */
  parameter: { readonly name: string; readonly place: Place } | null;
  serve: Serve | null;
}

/** A route that was found, with what its path says. */
export interface Found {
  readonly params: Readonly<Record<string, string>>;
  readonly serve: Serve;
}

const noParams = {};

/**
 * The shortest way to a route: by a look into a map, or by the parts of its path, without the app and the objects of
 * fetch. What is not found here, the app answers; what is found is answered as it would by the app.
 */
export class DirectRoutes {
  readonly #exchanges: Exchanges;
  readonly #guard: Guard | undefined;
  readonly #onFault: OnFault;
  readonly #whole = new Map<string, Found>();
  readonly #byMethod = new Map<string, Place>();

  constructor(exchanges: Exchanges, guard: Guard | undefined, onFault: OnFault) {
    this.#exchanges = exchanges;
    this.#guard = guard;
    this.#onFault = onFault;
  }

  /** Where two paths fit, fixed parts go before parameters, as in the table of routes. */
  add(method: string, path: string, serve: Serve): void {
    if (!path.includes(':')) return void this.#whole.set(`${method} ${path}`, { params: noParams, serve });
    let place = this.#byMethod.get(method) ?? newPlace();
    this.#byMethod.set(method, place);
    for (const part of partsOf(path)) {
      if (part.startsWith(':')) {
        place = (place.parameter ??= { name: part.slice(1), place: newPlace() }).place;
      } else {
        const next = place.fixed.get(part) ?? newPlace();
        place.fixed.set(part, next);
        place = next;
      }
    }
    place.serve = serve;
  }

  /** Null: it is for the app, which also knows other spellings of the path. */
  find(method: string, path: string): Found | null {
    const whole = this.#whole.get(`${method} ${path}`);
    if (whole !== undefined) return whole;
    let place = this.#byMethod.get(method);
    if (place === undefined) return null;
    const params: Record<string, string> = {};
    for (const part of partsOf(path)) {
      const next: Place | undefined = place.fixed.get(part);
      if (next !== undefined) {
        place = next;
        continue;
      }
      const { parameter }: Place = place;
      if (parameter === null || part === '') return null;
      params[parameter.name] = part;
      place = parameter.place;
    }
    return place.serve === null ? null : { params, serve: place.serve };
  }

  /** What stands around every request is around this one, too. */
  async answer({ serve }: Found, incoming: Incoming): Promise<Answer> {
    const exchange = this.#exchanges.begin(incoming);
    const { span } = exchange;
    const work = (): Promise<Answer> => this.#guarded(serve, incoming, exchange);
    const answer = await (span === null ? work() : span.within(work));
    this.#exchanges.end(incoming, exchange, answer.status);
    return answer;
  }

  async #guarded(serve: Serve, incoming: Incoming, exchange: Exchange): Promise<Answer> {
    try {
      const refused = this.#guard?.({ url: incoming.path, header: incoming.header }) ?? null;
      return refused === null ? await serve(incoming, exchange) : failure(exchange, refused);
    } catch (thrown) {
      return this.#onFault(exchange, thrown);
    }
  }
}

function newPlace(): Place {
  return { fixed: new Map(), parameter: null, serve: null };
}

function partsOf(path: string): readonly string[] {
  return path.slice(1).split('/');
}
