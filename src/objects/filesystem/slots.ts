/** How many uploads may be under way at once. */
export interface UploadSlotLimits {
  readonly inAll: number;
  readonly perOwner: number;
  /** More than one, so that a client that lost its connection need not wait until that is noticed. */
  readonly perKey: number;
}

export const standardSlots: UploadSlotLimits = { inAll: 256, perOwner: 32, perKey: 4 };

/** Whose limit it is that leaves no slot. */
export type SlotRefusal = 'key' | 'owner' | 'all';

/** An upload holds a slot for as long as its body comes: nobody gets so many that others find none. */
export class UploadSlots {
  readonly #limits: UploadSlotLimits;
  readonly #ownerOf: (key: string) => string;
  readonly #held = new Map<string, number>();
  #all = 0;

  constructor(limits: UploadSlotLimits, ownerOf: (key: string) => string) {
    this.#limits = limits;
    this.#ownerOf = ownerOf;
  }

  /** A function that gives the slot back, to be called once; or why there is none. */
  take(key: string): (() => void) | SlotRefusal {
    const [ofKey, ofOwner] = [`key ${key}`, `owner ${this.#ownerOf(key)}`];
    const { inAll, perOwner, perKey } = this.#limits;
    if ((this.#held.get(ofKey) ?? 0) >= perKey) return 'key';
    if ((this.#held.get(ofOwner) ?? 0) >= perOwner) return 'owner';
    if (this.#all >= inAll) return 'all';
    this.#change([ofKey, ofOwner], 1);
    return () => this.#change([ofKey, ofOwner], -1);
  }

  #change(names: readonly string[], by: 1 | -1): void {
    this.#all += by;
    for (const name of names) {
      const held = (this.#held.get(name) ?? 0) + by;
      if (held === 0) this.#held.delete(name);
      else this.#held.set(name, held);
    }
  }
}
