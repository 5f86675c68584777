import { hidden, option } from './option.ts';
import { httpUrl, secret, text } from '../values.ts';

export const shopOptions = {
  shopifyStoreDomain: option(
    'shop',
    'SHOPIFY_STORE_DOMAIN',
    text('DOMAIN', "a shop's own domain, such as my-shop.myshopify.com", /^[a-z0-9][a-z0-9-]{0,62}\.myshopify\.com$/),
    null,
    "The Shopify shop, by the domain that Shopify has given it. `waybill shop` and `waybill doctor` use it.",
  ),
  shopifyAdminToken: hidden(
    'shop',
    'SHOPIFY_ADMIN_TOKEN',
    secret(8),
    'Access token of a custom app of the shop (`shpat_…`). Either this or SHOPIFY_CLIENT_ID and ' +
      'SHOPIFY_CLIENT_SECRET. The app needs the access scopes read_products and write_files.',
  ),
  shopifyClientId: option(
    'shop',
    'SHOPIFY_CLIENT_ID',
    text('ID', 'printable ASCII characters', /^[!-~]{1,200}$/),
    null,
    "Client id of an app from Shopify's Dev Dashboard that is installed in the shop.",
  ),
  shopifyClientSecret: hidden(
    'shop',
    'SHOPIFY_CLIENT_SECRET',
    secret(8),
    'Its client secret. The two are exchanged for a token that lasts a day.',
  ),
  shopifyApiVersion: option(
    'shop',
    'SHOPIFY_API_VERSION',
    text('VERSION', 'a version such as 2026-10', /^20\d\d-(01|04|07|10)$/),
    '2026-10',
    "Version of Shopify's Admin API. Shopify keeps each for a year.",
  ),
  shopifyApiBaseUrl: option(
    'shop',
    'SHOPIFY_API_BASE_URL',
    httpUrl,
    null,
    'Where the Admin API is reached, if not at the domain of the shop: a proxy, or a test server.',
  ),
};
