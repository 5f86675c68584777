import { ShopFailure, type ShopHealth } from '../../ports/shop.ts';
import type { AdminApi } from './admin-api.ts';
import { checkAccess } from './documents.ts';

/** Each with the scopes any of which will do; writing includes reading. */
const needed = [
  { scope: 'read_products', also: 'write_products' },
  { scope: 'write_files', also: null },
] as const;

export async function checkHealth(api: AdminApi, storeDomain: string, signal: AbortSignal): Promise<ShopHealth> {
  try {
    const { shop, currentAppInstallation } = await api.run(checkAccess, {}, signal);
    const granted = new Set(currentAppInstallation.accessScopes.map(({ handle }) => handle));
    const missing = needed.filter(({ scope, also }) => !granted.has(scope) && (also === null || !granted.has(also)));
    if (missing.length === 0) return { healthy: true, message: `the shop "${shop.name}" (${storeDomain}) answers` };
    const scopes = missing.map(({ scope }) => scope).join(' and ');
    const message = `the shop "${shop.name}" (${storeDomain}) does not grant the app ${scopes}: add the access ` +
      'scopes to the app and install it again';
    return { healthy: false, message };
  } catch (error) {
    if (error instanceof ShopFailure) return { healthy: false, message: `${storeDomain}: ${error.message}` };
    throw error;
  }
}
