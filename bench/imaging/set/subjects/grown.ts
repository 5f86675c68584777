import { between, hsl, times, type Random } from '../random.ts';
import { line, path, type Draw } from './products.ts';

interface Coat {
  /** Hue, saturation and lightness. */
  readonly colour: readonly [number, number, number];
  readonly strands: number;
  readonly long: number;
  readonly thick: number;
}

/** A strand from a point outwards, bent, lighter or darker than its neighbours. */
function strand(x: number, y: number, turn: number, coat: Coat, random: Random): string {
  const long = coat.long * between(random, 0.5, 1.25);
  const bend = turn + between(random, -0.7, 0.7);
  const [midX, midY] = [x + Math.cos(turn) * long * 0.5, y + Math.sin(turn) * long * 0.5];
  const [endX, endY] = [midX + Math.cos(bend) * long * 0.5, midY + Math.sin(bend) * long * 0.5];
  const [hue, saturation, lightness] = coat.colour;
  const colour = hsl(hue + between(random, -6, 6), saturation, Math.max(3, lightness + between(random, -14, 14)));
  const d = `M${x.toFixed(1)} ${y.toFixed(1)} Q${midX.toFixed(1)} ${midY.toFixed(1)} ${endX.toFixed(1)} ` +
    `${endY.toFixed(1)}`;
  return line(d, colour, coat.thick * between(random, 0.6, 1.3));
}

/** Strands all over an ellipse, those at its rim reaching beyond it. */
function furry(x: number, y: number, wide: number, high: number, coat: Coat, random: Random): string {
  const [hue, saturation, lightness] = coat.colour;
  const body = `<ellipse cx="${x}" cy="${y}" rx="${wide}" ry="${high}" ` +
    `fill="hsl(${hue},${saturation}%,${lightness * 0.8}%)"/>`;
  const strands = times(coat.strands, () => {
    const [turn, out] = [random() * Math.PI * 2, Math.sqrt(random()) * 0.99];
    return strand(
      x + Math.cos(turn) * out * wide,
      y + Math.sin(turn) * out * high,
      turn + between(random, -0.5, 0.5),
      coat,
      random,
    );
  });
  return body + strands.join('');
}

/** A plush animal with eyes. */
export function plush(coat: Coat): Draw {
  return (random) => [
    { svg: furry(500, 700, 230, 210, coat, random), round: 40, gloss: 0.05, grain: 0.05 },
    { svg: furry(310, 200, 80, 90, coat, random) + furry(690, 200, 80, 90, coat, random), round: 30, gloss: 0.05 },
    { svg: furry(500, 370, 250, 220, coat, random), round: 40, gloss: 0.05, grain: 0.05 },
    {
      svg: '<circle cx="410" cy="340" r="32" fill="#15110f"/><circle cx="590" cy="340" r="32" ' +
        'fill="#15110f"/><ellipse cx="500" cy="440" rx="46" ry="32" fill="#2b1c18"/>',
      round: 22,
      gloss: 1,
    },
  ];
}

/** A head with long hair that the wind moves, and shoulders that the frame may cut. */
export function hairyHead(coat: Coat, shirt: string): Draw {
  return (random) => {
    const locks = times(coat.strands, () => {
      const turn = between(random, -Math.PI * 1.12, Math.PI * 0.12);
      const [x, y] = [500 + Math.cos(turn) * 175, 380 + Math.sin(turn) * 225];
      return strand(x, y, turn * 0.8 + 0.5 + between(random, -0.3, 0.3), coat, random);
    });
    const [hue, saturation, lightness] = coat.colour;
    const crown = `<ellipse cx="500" cy="360" rx="205" ry="250" ` +
      `fill="hsl(${hue},${saturation}%,${lightness * 0.8}%)"/>`;
    return [
      {
        svg: path('M120 1000 q20 -260 260 -290 h240 q240 30 260 290z', shirt),
        round: 70,
        gloss: 0.05,
        grain: 0.08,
        cells: 90,
      },
      { svg: path('M420 560 h160 v200 q-80 60 -160 0z', '#c98f70'), round: 40, gloss: 0.1 },
      { svg: crown + locks.join(''), round: 26, gloss: 0.15 },
      { svg: '<ellipse cx="500" cy="420" rx="150" ry="195" fill="#d9a184"/>', round: 90, gloss: 0.2, grain: 0.02 },
      {
        svg: '<ellipse cx="440" cy="400" rx="22" ry="13" fill="#2c2019"/><ellipse cx="560" cy="400" rx="22" ry="13" ' +
          'fill="#2c2019"/><ellipse cx="500" cy="520" rx="52" ry="14" fill="#a04f48"/>',
      },
      {
        svg: times(260, () => {
          const [x, y] = [between(random, 360, 640), between(random, 200, 250)];
          return strand(x, y, between(random, 1.1, 2), coat, random);
        }).join(''),
        round: 10,
        gloss: 0.15,
      },
    ];
  };
}

/** A feather: a quill with its barbs, some of them apart. */
export function feather(coat: Coat): Draw {
  return (random) => {
    const barbs = times(coat.strands, (at) => {
      const share = at / coat.strands;
      const [x, y] = [300 + share * 400, 900 - share * 780];
      const way = at % 2 === 0 ? -1 : 1;
      const turn = -1.1 + way * between(random, 0.55, 0.85);
      return strand(x, y, turn, { ...coat, long: coat.long * (0.35 + Math.sin(share * Math.PI) * 0.9) }, random);
    });
    return [
      { svg: barbs.join(''), round: 6, gloss: 0.1 },
      { svg: line('M270 960 Q470 520 706 110', '#e6dcc6', 7), round: 4, gloss: 0.4 },
    ];
  };
}

/** A broad brush with its bristles. */
export function brush(coat: Coat): Draw {
  return (random) => [
    {
      svg: path('M420 40 h160 q30 0 20 40 l-40 360 h-120 l-40 -360 q-10 -40 20 -40z', '#a5522b'),
      round: 50,
      gloss: 0.8,
      grain: 0.1,
    },
    { svg: '<rect x="300" y="430" width="400" height="150" rx="10" fill="#c9ccd2"/>', round: 24, gloss: 1 },
    {
      svg: times(coat.strands, () =>
        strand(between(random, 305, 695), 575, between(random, 1.42, 1.72), coat, random)).join(''),
      round: 5,
      gloss: 0.1,
    },
  ];
}

/** A plant in its pot: stems and leaves. */
export function plant(leaf: number, pot: string): Draw {
  return (random) => {
    const stems: string[] = [];
    const leaves: string[] = [];
    for (let stem = 0; stem < 13; stem += 1) {
      const [lean, high] = [between(random, -380, 380), between(random, 330, 560)];
      stems.push(
        line(
          `M500 660 Q${500 + lean * 0.2} ${660 - high * 0.7} ${500 + lean} ${660 - high}`,
          `hsl(${leaf},35%,28%)`,
          7,
        ),
      );
      for (let at = 3; at < 10; at += 1) {
        const share = at / 9;
        const x = 500 + lean * (0.4 * share * (1 - share) + share * share);
        const y = 660 - high * (1.4 * share * (1 - share) + share * share);
        const turn = between(random, 0, 360);
        const colour = hsl(leaf + between(random, -14, 14), between(random, 30, 55), between(random, 22, 44));
        leaves.push(
          `<path d="M0 0 q26 -30 78 0 q-52 30 -78 0z" fill="${colour}" transform="translate(${x} ${y}) ` +
            `rotate(${turn})"/>`,
        );
      }
    }
    return [
      { svg: stems.join(''), round: 3, gloss: 0.2 },
      { svg: leaves.join(''), round: 9, gloss: 0.35, grain: 0.08 },
      { svg: path('M330 640 h340 l-50 290 h-240z', pot), round: 90, gloss: 0.3, grain: 0.1 },
      {
        svg: `<rect x="310" y="620" width="380" height="60" rx="10" fill="${pot}"/>`,
        round: 22,
        gloss: 0.3,
        grain: 0.1,
      },
    ];
  };
}

/** A fern's frond, its leaflets finely cut. */
export function fern(hue: number): Draw {
  return () => {
    const leaflets = times(44, (at) => {
      const share = at / 44;
      const [x, y] = [280 + share * 420, 930 - share * 830];
      const long = 260 * Math.sin(0.35 + share * 2.6) * (1 - share * 0.35);
      return [-1, 1].map((way) => {
        const colour = `hsl(${hue + way * 5},45%,${24 + (at % 4) * 4}%)`;
        return `<path d="M0 0 q${long * 0.4} -13 ${long} 0 q${-long * 0.6} 15 ${-long} 0z" fill="${colour}" ` +
          `transform="translate(${x} ${y}) rotate(${-63 + way * 62})"/>`;
      }).join('');
    });
    return [
      { svg: leaflets.join(''), round: 6, gloss: 0.25, grain: 0.06 },
      { svg: line('M255 985 Q430 560 702 95', `hsl(${hue},35%,30%)`, 8), round: 4, gloss: 0.2 },
    ];
  };
}
