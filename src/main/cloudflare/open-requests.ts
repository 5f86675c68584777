import type { Authenticate } from '../../transports/access/authenticator.ts';
import { isSame, type OpenRequestWatch } from '../../transports/access/open-requests.ts';

/** Each look is a query. Milliseconds. */
const everyMs = 5_000;

/** Each by itself: in a Worker a request's timers are gone with it, so that none can look for others. */
export function createOpenRequests(authenticate: Authenticate): OpenRequestWatch {
  return {
    open(header, caller) {
      const end = new AbortController();
      const look = async (): Promise<void> => {
        // While the store cannot be asked nothing is known to be over.
        const found = await authenticate(header).catch(() => null);
        if (found !== null && (!found.ok || !isSame(caller, found.caller))) end.abort();
      };
      const timer = setInterval(() => void look(), everyMs);
      return { ended: end.signal, close: () => clearInterval(timer) };
    },
  };
}
