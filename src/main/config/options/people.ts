import { hidden, option } from './option.ts';
import { integer, list, secret, text, yesOrNo } from '../values.ts';

const claim = text('NAME', 'a name without spaces or commas', /^[!-+\--~]{1,200}$/);

export const peopleOptions = {
  passwordLogin: option(
    'people',
    'PASSWORD_LOGIN',
    yesOrNo,
    'true',
    'Enables password logins and `waybill setup`. If false, all users need JWTs that another program signs.',
  ),
  setupToken: hidden(
    'people',
    'SETUP_TOKEN',
    secret(16),
    'Required by `waybill setup` on a server that others can reach. Default: the server derives one from ' +
      'JWT_SECRET and prints it when it starts; it is valid for an hour.',
  ),
  adminUser: option(
    'people',
    'ADMIN_USER',
    text('USER', 'a user id: letters, digits and . _ @ : | + = ~ -', /^(?!\.{1,2}$)[A-Za-z0-9._@:|+=~-]{1,128}$/),
    null,
    'Id of an administrator that the server creates when it starts, if there is none yet; replaces `waybill ' +
      'setup`. Requires ADMIN_PASSWORD.',
  ),
  adminEmail: option(
    'people',
    'ADMIN_EMAIL',
    text('EMAIL', 'an email address in ASCII', /^[!-?A-~]{1,64}@[A-Za-z0-9.-]{1,189}$/),
    null,
    'Email address of that administrator, which can also be used to log in. It is also the id, unless ADMIN_USER ' +
      'is set.',
  ),
  adminPassword: hidden(
    'people',
    'ADMIN_PASSWORD',
    text('PASSWORD', '10 to 200 characters', /^.{10,200}$/),
    'Initial password of that administrator. Ignored once there is an administrator.',
  ),
  anonymousSignup: option(
    'people',
    'ANONYMOUS_SIGNUP',
    yesOrNo,
    'false',
    'Enables anonymous sign-up (`POST /api/auth/anon`): an account with the starting credits of its plan, and a ' +
      'token that is valid for 30 days.',
  ),
  anonymousSignupsPerHour: option(
    'people',
    'ANONYMOUS_SIGNUPS_PER_HOUR',
    integer('COUNT', 1, 100_000),
    '10',
    'Maximum number of anonymous sign-ups from one IP address (IPv6: from one /64 network). Set TRUST_PROXY behind ' +
      'a proxy, or all clients count as one address.',
  ),
  jwtAudience: option(
    'people',
    'JWT_AUDIENCE',
    list(claim, 'one or more names, comma-separated'),
    null,
    'Accepted audiences of JWTs from other programs: their `aud` must include one of them. Default: `aud` is not ' +
      'checked. Set it if the same secret signs tokens for other servers.',
  ),
  jwtIssuer: option(
    'people',
    'JWT_ISSUER',
    list(claim, 'one or more names, comma-separated'),
    null,
    'Accepted issuers of JWTs from other programs: their `iss` must be one of them. Default: `iss` is not checked.',
  ),
};
