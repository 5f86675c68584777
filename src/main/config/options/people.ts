import { hidden, option } from './option.ts';
import { integer, list, secret, text, yesOrNo } from '../values.ts';

const claim = text('NAME', 'a name without spaces or commas', /^[!-+\--~]{1,200}$/);

export const peopleOptions = {
  passwordLogin: option(
    'people',
    'PASSWORD_LOGIN',
    yesOrNo,
    'true',
    'Whether users log in with a password. With false all of them come with JWTs that another program signs: then ' +
      'there is no setup either.',
  ),
  setupToken: hidden(
    'people',
    'SETUP_TOKEN',
    secret(16),
    'What `waybill setup` has to name on a server that others can reach, as long as there is no administrator. ' +
      'Unless set, the server makes one out of JWT_SECRET and prints it at its start; that one is good for an hour.',
  ),
  adminUser: option(
    'people',
    'ADMIN_USER',
    text('USER', 'a user id: letters, digits and . _ @ : | + = ~ -', /^(?!\.{1,2}$)[A-Za-z0-9._@:|+=~-]{1,128}$/),
    null,
    'The administrator that is made at the start if there is none yet, instead of `waybill setup`. Needs ' +
      'ADMIN_PASSWORD.',
  ),
  adminEmail: option(
    'people',
    'ADMIN_EMAIL',
    text('EMAIL', 'an email address in ASCII', /^[!-?A-~]{1,64}@[A-Za-z0-9.-]{1,189}$/),
    null,
    'Its email address, by which it can log in too; also its id, unless ADMIN_USER says another.',
  ),
  adminPassword: hidden(
    'people',
    'ADMIN_PASSWORD',
    text('PASSWORD', '10 to 200 characters', /^.{10,200}$/),
    'Its first password. Not looked at once there is an administrator.',
  ),
  anonymousSignup: option(
    'people',
    'ANONYMOUS_SIGNUP',
    yesOrNo,
    'false',
    'Whether anybody may get an account with credits to start with, and a token of 30 days, without saying who it is ' +
      '(`POST /api/auth/anon`).',
  ),
  anonymousSignupsPerHour: option(
    'people',
    'ANONYMOUS_SIGNUPS_PER_HOUR',
    integer('COUNT', 1, 100_000),
    '10',
    'How often that is done for one IP address (of IPv6: for one network of 64 bits). Behind a proxy it needs ' +
      'TRUST_PROXY, or all clients share one.',
  ),
  jwtAudience: option(
    'people',
    'JWT_AUDIENCE',
    list(claim, 'one or more names, comma-separated'),
    null,
    'What JWTs of other programs have to be for: one of these has to be in their `aud`. Unless set, `aud` is not ' +
      'looked at: set it where the same secret signs tokens for other servers.',
  ),
  jwtIssuer: option(
    'people',
    'JWT_ISSUER',
    list(claim, 'one or more names, comma-separated'),
    null,
    'Whose JWTs are taken beside those of logins: their `iss` has to be one of these. Unless set, anybody’s with the ' +
      'secret.',
  ),
};
