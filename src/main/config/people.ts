import type { AnonymousSignups, PeopleConfig } from './config.ts';
import type { OptionName, OptionValues } from './options.ts';

/** Null when all that belongs together is there. */
export function adminProblem(values: OptionValues): { readonly option: OptionName; readonly message: string } | null {
  const { adminUser, adminEmail, adminPassword, passwordLogin } = values;
  const named = adminUser === undefined ? 'ADMIN_EMAIL' : 'ADMIN_USER';
  const isNamed = adminUser !== undefined || adminEmail !== undefined;
  if (isNamed && adminPassword === undefined) {
    return { option: 'adminPassword', message: `ADMIN_PASSWORD is not set: ${named} needs it` };
  }
  if (!isNamed && adminPassword !== undefined) {
    return { option: 'adminUser', message: 'ADMIN_PASSWORD is set, but neither ADMIN_USER nor ADMIN_EMAIL is' };
  }
  if (isNamed && passwordLogin === false) {
    return { option: 'passwordLogin', message: `PASSWORD_LOGIN is false but ${named} is set: remove one of them` };
  }
  return null;
}

export function peopleFrom(values: OptionValues): PeopleConfig {
  const { passwordLogin, setupToken, adminUser, adminEmail, adminPassword, jwtAudience, jwtIssuer } = values;
  const admin = adminPassword === undefined ? null : {
    ...(adminUser !== undefined && { userId: adminUser }),
    ...(adminEmail !== undefined && { email: adminEmail }),
    password: adminPassword,
  };
  return {
    passwordLogin: passwordLogin ?? true, setupToken: setupToken ?? null, admin,
    anonymousSignups: anonymousSignupsFrom(values), audiences: jwtAudience ?? [], issuers: jwtIssuer ?? [],
  };
}

export function anonymousSignupsFrom({ anonymousSignup, anonymousSignupsPerHour }: OptionValues): AnonymousSignups {
  return { enabled: anonymousSignup ?? false, perHour: anonymousSignupsPerHour ?? 0 };
}
