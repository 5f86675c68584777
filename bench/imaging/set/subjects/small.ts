import { between, times, type Random } from '../random.ts';
import type { Layer } from '../layer.ts';
import { line, path, type Draw } from './products.ts';

/** Places that keep their distance, as far as there is room. */
function places(count: number, apart: number, margin: number, random: Random): (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  for (let attempt = 0; attempt < 4000 && found.length < count; attempt += 1) {
    const place = [between(random, margin, 1000 - margin), between(random, margin, 1000 - margin)] as const;
    if (found.every(([x, y]) => Math.hypot(x - place[0], y - place[1]) > apart)) found.push(place);
  }
  return found;
}

/** Coins, scattered, each with a head in relief. */
export function coins(count: number, metal: string, radius: number): Draw {
  return (random) => {
    const found = places(count, radius * 2.5, radius + 20, random);
    const disc = (share: number): string =>
      found.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="${radius * share}" fill="${metal}"/>`).join('');
    const relief = found.map(([x, y]) =>
      `<path d="M${x - radius * 0.2} ${y + radius * 0.4} q${-radius * 0.2} ${-radius * 0.9} ${radius * 0.3} ` +
        `${-radius * 0.8}` +
      ` q${radius * 0.4} ${radius * 0.1} ${radius * 0.1} ${radius * 0.8}z" fill="${metal}"/>`);
    return [
      { svg: disc(1), round: radius * 0.12, gloss: 0.8, grain: 0.08, cells: 90 },
      { svg: disc(0.84), round: radius * 0.08, gloss: 0.6, grain: 0.1, cells: 90 },
      { svg: relief.join(''), round: radius * 0.15, gloss: 0.6, grain: 0.08, cells: 90 },
    ];
  };
}

/** Screws, lying every way. */
export function screws(count: number, metal: string): Draw {
  return (random) => {
    const turned = (x: number, y: number, svg: string, turn: number): string =>
      `<g transform="translate(${x} ${y}) rotate(${turn})">${svg}</g>`;
    const thread = times(9, (at) => line(`M${-26 + at * 9} -7 l4 14`, '#00000055', 2.5)).join('');
    const screw = `${path('M-34 -7 h84 l16 7 l-16 7 h-84z', metal)}<rect x="-50" y="-17" width="18" height="34" ` +
      `rx="5" fill="${metal}"/>${thread}`;
    const found = places(count, 120, 80, random);
    return [
      { svg: found.map(([x, y]) => turned(x, y, screw, random() * 360)).join(''), round: 7, gloss: 0.9, grain: 0.04 },
    ];
  };
}

/** Beads, loose, in several colours. */
export function beads(count: number, colours: readonly string[], radius: number): Draw {
  return (random) => {
    const found = places(count, radius * 2.3, radius + 20, random);
    const balls = found.map(([x, y], at) =>
      `<circle cx="${x}" cy="${y}" r="${radius}" fill="${colours[at % colours.length]}"/>`);
    return [{ svg: balls.join(''), round: radius * 0.9, gloss: 1, grain: 0.02 }];
  };
}

/** A tool beside the small parts that come with it. */
export function toolWithParts(colour: string): Draw {
  return (random) => {
    const parts: Layer[] = [0, 1, 2, 3, 4, 5].map((at) => ({
      svg: `<circle cx="${650 + (at % 3) * 90}" cy="${740 + Math.floor(at / 3) * 90}" ` +
        `r="${between(random, 15, 21)}" fill="#7c2a22"/>`,
      round: 14, gloss: 0.6,
    }));
    return [
      {
        svg: path('M90 180 h470 q40 0 40 40 v330 q0 40 -40 40 h-470 q-40 0 -40 -40 v-330 q0 -40 40 -40z', colour),
        round: 70,
        gloss: 0.4,
        grain: 0.06,
      },
      { svg: '<rect x="120" y="250" width="260" height="160" rx="10" fill="#20262b"/>', gloss: 0.8 },
      { svg: '<circle cx="480" cy="330" r="56" fill="#d8d9dc"/>', round: 30, gloss: 1 },
      ...parts,
      { svg: line('M180 700 h240 M180 760 h180', '#9a9da3', 13), round: 6, gloss: 0.9 },
    ];
  };
}

/** A jewellery set: a pendant on its chain, two studs and a ring. */
export function jewellery(metal: string, stone: string): Draw {
  return () => {
    const link = times(60, (at) => {
      const share = at / 59;
      const [x, y] = [180 + share * 640, 120 + 420 * Math.sin(share * Math.PI)];
      return `<circle cx="${x}" cy="${y}" r="8" fill="none" stroke="${metal}" stroke-width="5"/>`;
    });
    return [
      { svg: link.join(''), round: 3, gloss: 1 },
      { svg: `<circle cx="500" cy="590" r="52" fill="${stone}"/>`, round: 40, gloss: 1 },
      { svg: `<circle cx="500" cy="590" r="57" fill="none" stroke="${metal}" stroke-width="12"/>`, round: 6, gloss: 1 },
      {
        svg: `<circle cx="220" cy="800" r="21" fill="${stone}"/><circle cx="330" cy="820" r="21" fill="${stone}"/>`,
        round: 16,
        gloss: 1,
      },
      {
        svg: `<ellipse cx="720" cy="810" rx="110" ry="86" fill="none" stroke="${metal}" stroke-width="22"/>`,
        round: 10,
        gloss: 1,
      },
    ];
  };
}
