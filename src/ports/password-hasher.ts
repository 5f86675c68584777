/** Turns passwords into what may be stored of them: slow on purpose, and salted. */
export interface PasswordHasher {
  /** A new text each time, with all that `verify` needs; printable ASCII, at most 300 characters. */
  hash(password: string): Promise<string>;
  /** Also false for a stored text in another format. Takes the same time whether or not the password is right. */
  verify(password: string, stored: string): Promise<boolean>;
  /** As `hash` makes them, but of no password: for users that are not there, at the same cost. */
  readonly decoy: string;
}

/** More passwords are waiting to be hashed than will be soon. */
export class HasherBusy extends Error {
  override readonly name = 'HasherBusy';
}
