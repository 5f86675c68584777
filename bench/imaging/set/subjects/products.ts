import type { Layer } from '../layer.ts';
import { between, times, type Random } from '../random.ts';

/** Layers of one subject, within a square of 1000 units. */
export type Draw = (random: Random) => Layer[];

export const path = (d: string, fill: string): string => `<path d="${d}" fill="${fill}"/>`;
export const line = (d: string, stroke: string, width: number): string =>
  `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${width}" stroke-linecap="round" ` +
    `stroke-linejoin="round"/>`;

/** A bottle with a label and a cap. */
export function bottle(colour: string, label: string, cap = '#2a2a2c'): Draw {
  return () => [
    {
      svg: path(
        'M430 60 h140 v190 q0 50 60 100 q50 45 50 110 v440 q0 50 -50 50 h-260 q-50 0 -50 -50 v-440 q0 -65 50 -110 ' +
          'q60 -50 60 -100z',
        colour,
      ),
      round: 110, gloss: 0.9, grain: 0.02,
    },
    { svg: `<rect x="318" y="520" width="364" height="280" fill="${label}"/>`, round: 60, gloss: 0.1, grain: 0.04 },
    { svg: marks(350, 570, colour, 5), gloss: 0.1 },
    { svg: `<rect x="420" y="40" width="160" height="90" rx="12" fill="${cap}"/>`, round: 40, gloss: 0.7 },
  ];
}

/** Lines of print. */
function marks(x: number, y: number, colour: string, count: number): string {
  const rows = times(count, (row) =>
    `<rect x="${x}" y="${y + row * 40}" width="${300 - (row % 3) * 70}" height="${row === 0 ? 26 : 12}" ` +
      `fill="${colour}"/>`);
  return rows.join('');
}

/** A carton seen from a corner, its label of any colour: that of the backdrop, say. */
export function carton(front: string, side: string, lid: string, label: string): Draw {
  return () => [
    { svg: path('M150 330 L560 400 L560 930 L150 830z', front), grain: 0.05, gloss: 0.1 },
    { svg: path('M560 400 L860 300 L860 790 L560 930z', side), grain: 0.05, gloss: 0.1 },
    { svg: path('M150 330 L450 245 L860 300 L560 400z', lid), grain: 0.05, gloss: 0.1 },
    { svg: path('M205 460 L505 515 L505 790 L205 725z', label), grain: 0.02, gloss: 0.1 },
    { svg: path('M620 450 L810 385 L810 560 L620 640z', label), grain: 0.02, gloss: 0.1 },
    { svg: path('M230 520 L470 562 L470 592 L230 548z M230 600 L400 632 L400 650 L230 618z', front), gloss: 0 },
  ];
}

/** A mug seen from the side; what is behind shows through its handle. */
export function mug(colour: string, inside = '#4a2c18'): Draw {
  return () => [
    {
      svg: `<path d="M690 340 q210 -20 210 170 q0 200 -230 210" fill="none" stroke="${colour}" stroke-width="62"/>`,
      round: 26, gloss: 0.8, grain: 0.03,
    },
    {
      svg: path('M180 230 h540 v420 q0 220 -180 220 h-180 q-180 0 -180 -220z', colour),
      round: 120, gloss: 0.8, grain: 0.03,
    },
    { svg: `<ellipse cx="450" cy="230" rx="270" ry="72" fill="${colour}"/>`, round: 20, gloss: 0.5 },
    { svg: `<ellipse cx="450" cy="236" rx="236" ry="54" fill="${inside}"/>`, gloss: 0.3 },
  ];
}

/** A vase without holes. */
export function vase(colour: string): Draw {
  return () => [
    {
      svg: path(
        'M400 90 h200 q20 0 14 30 q-30 110 50 210 q130 150 110 300 q-20 200 -170 280 h-208 q-150 -80 -170 -280 q-20 ' +
          '-150 110 -300 q80 -100 50 -210 q-6 -30 14 -30z',
        colour,
      ),
      round: 150, gloss: 0.6, grain: 0.05, cells: 40,
    },
    { svg: `<ellipse cx="500" cy="104" rx="104" ry="20" fill="#2c2622"/>`, gloss: 0 },
    { svg: line('M252 560 q248 70 496 0 M246 640 q254 74 508 0', '#ffffff55', 10), gloss: 0.4 },
  ];
}

/** A plate on its edge, a bowl and a cup: a set in one glaze. */
export function ceramics(colour: string): Draw {
  return () => [
    { svg: `<circle cx="390" cy="400" r="330" fill="${colour}"/>`, round: 90, gloss: 0.5, grain: 0.02 },
    { svg: `<circle cx="390" cy="400" r="215" fill="${colour}"/>`, round: 40, gloss: 0.4, grain: 0.02 },
    { svg: path('M430 610 h500 q0 300 -250 300 q-250 0 -250 -300z', colour), round: 110, gloss: 0.6, grain: 0.02 },
    { svg: `<ellipse cx="680" cy="612" rx="250" ry="54" fill="${colour}"/>`, round: 16, gloss: 0.4 },
    { svg: path('M120 690 h230 v130 q0 100 -115 100 q-115 0 -115 -100z', colour), round: 70, gloss: 0.6, grain: 0.02 },
  ];
}

/** A low shoe from the side. */
export function shoe(upper: string, sole: string, lace: string): Draw {
  return () => [
    {
      svg: path('M90 470 q20 -190 150 -200 q90 60 190 40 q110 150 290 200 q190 40 200 170 l0 60 h-830z', upper),
      round: 110, gloss: 0.35, grain: 0.1, cells: 60,
    },
    {
      svg: path('M80 690 q10 -20 40 -20 h760 q50 0 60 40 q6 60 -50 60 h-770 q-44 0 -40 -80z', sole),
      round: 30,
      gloss: 0.2,
      grain: 0.12,
    },
    {
      svg: times(5, (at) => line(`M${400 + at * 56} ${330 + at * 42} l80 -34`, lace, 15)).join(''),
      round: 8,
      gloss: 0.1,
    },
    { svg: line('M140 640 q20 -200 110 -330 M640 510 q-70 60 -80 150', '#00000066', 6), gloss: 0 },
  ];
}

/** A camera with its lens. */
export function camera(body: string, grip: string): Draw {
  return () => [
    {
      svg: path(
        'M100 330 q0 -30 30 -30 h200 l50 -80 h240 l50 80 h200 q30 0 30 30 v430 q0 30 -30 30 h-740 q-30 0 -30 -30z',
        body,
      ),
      round: 50,
      gloss: 0.4,
      grain: 0.06,
      cells: 90,
    },
    {
      svg: `<rect x="100" y="420" width="800" height="270" fill="${grip}"/>`,
      round: 14,
      gloss: 0.1,
      grain: 0.25,
      cells: 120,
    },
    { svg: `<circle cx="500" cy="540" r="225" fill="#1b1c1f"/>`, round: 60, gloss: 0.9 },
    { svg: `<circle cx="500" cy="540" r="165" fill="#32343a"/>`, round: 30, gloss: 0.9 },
    { svg: `<circle cx="500" cy="540" r="120" fill="#0b1030"/>`, round: 100, gloss: 1 },
    { svg: `<rect x="720" y="255" width="110" height="50" rx="10" fill="#c8c9cc"/>`, round: 16, gloss: 0.9 },
  ];
}

/** Balls that touch or stand apart. */
export function balls(colours: readonly string[], apart: boolean): Draw {
  return () => colours.map((colour, at) => {
    const [x, radius] = [170 + (at * 660) / Math.max(1, colours.length - 1), apart ? 95 + (at % 2) * 25 : 150];
    const svg = `<circle cx="${x}" cy="${840 - radius}" r="${radius}" fill="${colour}"/>`;
    return { svg, round: radius * 0.9, gloss: 0.7, grain: 0.03 };
  });
}

/** Several things of a kitchen, side by side. */
export function kitchen(): Draw {
  return (random) => {
    const hue = random() * 360;
    return [
      {
        svg: path('M90 420 h230 v440 q0 40 -40 40 h-150 q-40 0 -40 -40z', `hsl(${hue},40%,45%)`),
        round: 80,
        gloss: 0.6,
      },
      {
        svg: `<rect x="80" y="350" width="250" height="90" rx="20" fill="#b98b56"/>`,
        round: 30,
        gloss: 0.2,
        grain: 0.2,
      },
      {
        svg: path('M400 640 h270 q0 260 -135 260 q-135 0 -135 -260z', `hsl(${hue + 140},35%,55%)`),
        round: 90,
        gloss: 0.7,
      },
      { svg: line('M800 880 v-470', '#8d6038', 30), round: 14, gloss: 0.3, grain: 0.2 },
      { svg: `<ellipse cx="800" cy="330" rx="70" ry="120" fill="#9c6c40"/>`, round: 40, gloss: 0.3, grain: 0.2 },
    ];
  };
}

/** Block letters, drawn as strokes: a sign without a plate. */
export function letters(colour: string, width: number): Draw {
  const strokes: Record<string, string> = {
    S: 'M150 40 q-130 -50 -130 40 q0 60 65 80 q75 20 75 85 q0 95 -140 40',
    A: 'M10 290 L90 20 L170 290 M45 190 h90',
    L: 'M20 20 v270 h130',
    E: 'M150 20 h-130 v270 h130 M20 150 h110',
    O: 'M90 20 q-75 0 -75 135 q0 135 75 135 q75 0 75 -135 q0 -135 -75 -135',
    P: 'M20 290 v-270 h80 q60 0 60 70 q0 70 -60 70 h-80',
    N: 'M20 290 v-270 l130 270 v-270',
  };
  return () => [['SALE', 150], ['OPEN', 550]].map(([word, top]) => ({
    svg: [...String(word)].map((letter, at) =>
      `<g transform="translate(${90 + at * 215} ${top})">${line(strokes[letter]!, colour, width)}</g>`).join(''),
    round: width * 0.4, gloss: 0.5, grain: 0.04,
  }));
}

/** Flat things seen from above: a folded shirt with a print in the backdrop's colour. */
export function shirt(colour: string, print: string): Draw {
  return (random) => [
    {
      svg: path('M330 130 q170 90 340 0 l230 150 l-90 170 l-110 -50 v470 h-400 v-470 l-110 50 l-90 -170z', colour),
      round: 26, gloss: 0.05, grain: 0.09, cells: 130,
    },
    { svg: `<circle cx="500" cy="490" r="120" fill="${print}"/>`, gloss: 0, grain: 0.06, cells: 130 },
    {
      svg: times(9, () =>
        line(`M${between(random, 330, 670)} ${between(random, 250, 800)} q30 60 ${between(random, -40, 40)} ` +
          `130`, '#00000022', 7)).join(''),
      gloss: 0,
    },
  ];
}
