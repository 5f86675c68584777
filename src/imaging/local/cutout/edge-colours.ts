/** The subject's own colour at the pixels where the picture shows it mixed with its background, in their order. */
export interface EdgeColours {
  /** Indices of pixels, ascending. */
  readonly at: Int32Array;
  /** Three bytes each. */
  readonly rgb: Uint8Array;
}

export interface EdgeColoursBuilder {
  /** Indices must ascend. */
  add(at: number, red: number, green: number, blue: number): void;
  done(): EdgeColours;
}

export function edgeColoursBuilder(): EdgeColoursBuilder {
  let indices = new Int32Array(4096);
  let bytes = new Uint8Array(3 * 4096);
  let count = 0;
  return {
    add(at, red, green, blue) {
      if (count === indices.length) {
        const [wider, longer] = [new Int32Array(count * 2), new Uint8Array(count * 6)];
        wider.set(indices);
        longer.set(bytes);
        [indices, bytes] = [wider, longer];
      }
      indices[count] = at;
      bytes[count * 3] = asByte(red);
      bytes[count * 3 + 1] = asByte(green);
      bytes[count * 3 + 2] = asByte(blue);
      count += 1;
    },
    done: () => ({ at: indices.slice(0, count), rgb: bytes.slice(0, count * 3) }),
  };
}

const asByte = (value: number): number => Math.round(Math.min(255, Math.max(0, value)));
