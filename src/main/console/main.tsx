import { render } from 'preact';
import { serverUrl } from '../../console/shell/router.ts';
import { connect } from '../../console/server/api.ts';
import { interrupt } from '../../console/shell/session.ts';
import { Console } from '../../console/shell/console.tsx';
import { createClient } from '../client/client.ts';
import { kindConsoles } from './kinds.ts';

const watchedFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  if (response.status === 401) interrupt();
  return response;
};

connect(createClient({ server: serverUrl, retries: 1, fetch: watchedFetch }));
render(<Console kinds={kindConsoles} />, document.querySelector('#console')!);
