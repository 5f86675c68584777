import { render } from 'preact';
import { serverUrl } from '../../console/shell/router.ts';
import { connect } from '../../console/server/api.ts';
import { interrupt, loginCount } from '../../console/shell/session.ts';
import { Console } from '../../console/shell/console.tsx';
import { createClient } from '../client/client.ts';
import { kindConsoles } from './kinds.ts';

const watchedFetch: typeof fetch = async (input, init) => {
  const login = loginCount();
  const response = await fetch(input, init);
  if (response.status !== 401) return response;
  if (login === loginCount()) interrupt();
  // Asked while its user was away. What changes something is not done in the name of whoever is there now.
  else if ((init?.method ?? 'GET') === 'GET') return fetch(input, init);
  return response;
};

connect(createClient({ server: serverUrl, retries: 1, fetch: watchedFetch }));
render(<Console kinds={kindConsoles} />, document.querySelector('#console')!);
