import { between, times } from '../random.ts';
import type { Layer } from '../layer.ts';
import { line, path, type Draw } from './products.ts';

const disc = (x: number, y: number, radius: number, fill: string): string =>
  `<circle cx="${x}" cy="${y}" r="${radius}" fill="${fill}"/>`;

/** A tennis racket: its strings are of few pixels. */
export function racket(frame: string, strings: string): Draw {
  return () => {
    const down = times(13, (at) => {
      const x = -190 + at * 32;
      const reach = 255 * Math.sqrt(Math.max(0, 1 - (x / 205) ** 2));
      return `M${500 + x} ${340 - reach} V${340 + reach}`;
    });
    const across = times(15, (at) => {
      const y = -224 + at * 32;
      const reach = 205 * Math.sqrt(Math.max(0, 1 - (y / 255) ** 2));
      return `M${500 - reach} ${340 + y} H${500 + reach}`;
    });
    return [
      { svg: line([...down, ...across].join(' '), strings, 3.6), round: 2, gloss: 0.3 },
      {
        svg: `<ellipse cx="500" cy="340" rx="215" ry="265" fill="none" stroke="${frame}" stroke-width="30"/>` +
          line('M420 590 L482 720 M580 590 L518 720', frame, 26),
        round: 13,
        gloss: 0.8,
      },
      { svg: path('M474 700 h52 v270 h-52z', '#1f2023'), round: 20, gloss: 0.2, grain: 0.2, cells: 120 },
    ];
  };
}

/** A sandal of straps. */
export function sandal(leather: string, sole: string): Draw {
  return () => [
    { svg: path('M80 720 q200 -70 460 -30 q240 40 380 -20 q30 90 -60 120 h-740 q-60 -10 -40 -70z', sole), round: 24,
      grain: 0.15, cells: 80 },
    {
      svg: line('M300 700 Q420 430 640 420 T860 690 M520 690 Q560 520 700 430 M180 710 Q200 440 240 330', leather, 34),
      round: 12, gloss: 0.4, grain: 0.06,
    },
    { svg: line('M240 340 Q400 250 470 560', leather, 26), round: 10, gloss: 0.4 },
  ];
}

/** A desk lamp with its cord. */
export function lamp(colour: string): Draw {
  return () => [
    { svg: line('M560 860 q160 60 240 10 t180 -60', '#22242a', 9), round: 4, gloss: 0.2 },
    { svg: line('M470 860 L330 540 L560 290', colour, 18), round: 8, gloss: 0.7 },
    { svg: path('M500 180 L720 260 L660 470 L470 330z', colour), round: 60, gloss: 0.8 },
    { svg: `<ellipse cx="470" cy="880" rx="170" ry="42" fill="${colour}"/>`, round: 30, gloss: 0.6 },
  ];
}

/** A teapot: its handle is a loop. */
export function teapot(glaze: string): Draw {
  return () => [
    { svg: line('M300 420 Q70 380 110 600 T330 740', glaze, 42), round: 18, gloss: 0.8 },
    { svg: path('M690 620 q110 -40 130 -210 l70 10 q-20 260 -200 330z', glaze), round: 30, gloss: 0.8 },
    { svg: `<ellipse cx="500" cy="610" rx="260" ry="230" fill="${glaze}"/>`, round: 160, gloss: 0.8, grain: 0.03 },
    { svg: `<ellipse cx="500" cy="400" rx="140" ry="40" fill="${glaze}"/>${disc(500, 340, 34, glaze)}`, round: 24,
      gloss: 0.9 },
  ];
}

/** A fork, a knife and a spoon. */
export function cutlery(metal: string): Draw {
  return () => [
    {
      svg: line('M250 930 V430 M196 120 V330 M232 120 V330 M268 120 V330 M304 120 V330', metal, 17) +
        path('M187 320 h126 q0 110 -50 130 h-26 q-50 -20 -50 -130z', metal),
      round: 9, gloss: 1,
    },
    { svg: path('M470 70 q80 200 50 480 h-50z', metal) + line('M496 540 V930', metal, 30), round: 11, gloss: 1 },
    {
      svg: `<ellipse cx="740" cy="210" rx="76" ry="120" fill="${metal}"/>${line('M740 320 V930', metal, 20)}`,
      round: 30,
      gloss: 1,
    },
  ];
}

/** A handbag with a strap and a buckle. */
export function handbag(leather: string, metal: string): Draw {
  return () => [
    { svg: line('M250 480 Q280 60 500 60 T750 480', leather, 24), round: 10, gloss: 0.4 },
    { svg: path('M180 450 h640 l50 400 q0 50 -50 50 h-640 q-50 0 -50 -50z', leather), round: 70, gloss: 0.35,
      grain: 0.14, cells: 110 },
    { svg: path('M175 450 h650 l-60 220 h-530z', leather), round: 30, gloss: 0.4, grain: 0.14, cells: 110 },
    { svg: `<rect x="450" y="630" width="100" height="70" rx="10" fill="none" stroke="${metal}" stroke-width="16"/>`,
      round: 7, gloss: 1 },
  ];
}

/** A coil of cable with its plugs. */
export function cable(colour: string, width: number): Draw {
  return () => {
    const turns = times(5, (at) =>
      `<ellipse cx="${490 + at * 6}" cy="${460 + at * 9}" rx="${300 - at * 17}" ry="${250 - at * 15}" fill="none" ` +
        `stroke="${colour}" stroke-width="${width}"/>`);
    return [
      { svg: turns.join('') + line('M700 640 Q820 800 700 900 M300 600 Q150 700 190 850', colour, width),
        round: width * 0.45, gloss: 0.3 },
      { svg: '<rect x="640" y="880" width="110" height="60" rx="12" fill="#2b2d31"/>' +
        '<rect x="150" y="830" width="80" height="110" rx="12" fill="#2b2d31"/>', round: 16, gloss: 0.4 },
    ];
  };
}

/** A string of pearls. */
export function pearls(colour: string): Draw {
  return () => [{
    svg: times(52, (at) => {
      const turn = (at / 52) * Math.PI * 2;
      return disc(500 + 340 * Math.cos(turn), 500 + 300 * Math.sin(turn) + 60 * Math.cos(turn * 2), 20, colour);
    }).join(''),
    round: 18, gloss: 1,
  }];
}

/** A dress on a hanger. */
export function dress(cloth: string, hanger: string): Draw {
  return () => [
    { svg: line('M500 160 v-40 q0 -50 44 -50 q40 0 40 36 M230 290 L500 160 L770 290', hanger, 13), round: 6,
      gloss: 0.8 },
    { svg: path('M300 270 q200 120 400 0 l60 150 l-80 40 l120 470 q-300 60 -600 0 l120 -470 l-80 -40z', cloth),
      round: 40, gloss: 0.05, grain: 0.12, cells: 140 },
    { svg: times(6, (at) => line(`M${380 + at * 48} 500 q${(at - 3) * 16} 200 ${(at - 3) * 30} 420`, '#0000001c', 10))
      .join('') },
  ];
}

/** A colander: many round holes. */
export function colander(metal: string): Draw {
  return () => {
    const rows = times(5, (row) => times(11 - row, (at) => {
      const [x, y] = [500 + (at - (10 - row) / 2) * 62, 480 + row * 70];
      return `M${x - 17} ${y} a17 17 0 1 0 34 0 a17 17 0 1 0 -34 0z`;
    }).join(' ')).join(' ');
    const body = `M110 400 h780 q-20 470 -390 470 q-370 0 -390 -470z ${rows}`;
    return [
      { svg: `<path d="${body}" fill-rule="evenodd" fill="${metal}"/>`, round: 60, gloss: 0.8 },
      { svg: `<rect x="80" y="370" width="840" height="50" rx="24" fill="${metal}"/>` +
        line('M90 400 q-70 20 -50 90 q20 40 70 20 M910 400 q70 20 50 90 q-20 40 -70 20', metal, 22), round: 14,
        gloss: 1 },
    ];
  };
}

/** A wrist watch, its band a closed loop seen from the side. */
export function watch(metal: string, dial: string): Draw {
  return () => [
    { svg: `<ellipse cx="500" cy="620" rx="250" ry="310" fill="none" stroke="${metal}" stroke-width="44"/>`, round: 20,
      gloss: 1, grain: 0.05 },
    { svg: disc(500, 330, 190, metal), round: 50, gloss: 1 },
    { svg: disc(500, 330, 150, dial), gloss: 0.2 },
    { svg: line('M500 330 V230 M500 330 L570 370', '#dfe1e4', 10), gloss: 0 },
  ];
}

/** A toy car. */
export function car(paint: string): Draw {
  return () => [
    { svg: path('M60 620 q0 -110 130 -120 q90 -140 210 -140 h200 q110 0 190 140 q140 10 150 120 v70 h-880z', paint),
      round: 90, gloss: 0.9 },
    { svg: path('M290 490 q60 -80 120 -80 h60 v80z M510 410 h80 q60 0 110 80 h-190z', '#9fb4c2'), gloss: 0.8 },
    { svg: disc(270, 700, 98, '#1b1c1e') + disc(730, 700, 98, '#1b1c1e'), round: 30, gloss: 0.2 },
    { svg: disc(270, 700, 50, '#c7cad0') + disc(730, 700, 50, '#c7cad0'), round: 20, gloss: 1 },
  ];
}

/** An armchair. */
export function armchair(cloth: string, wood: string): Draw {
  return () => [
    { svg: line('M230 800 L200 940 M770 800 L800 940', wood, 30), round: 12, gloss: 0.3 },
    { svg: path('M240 150 q260 -80 520 0 l40 420 h-600z', cloth), round: 90, gloss: 0.05, grain: 0.12, cells: 120 },
    { svg: path('M190 560 h620 v180 h-620z', cloth), round: 60, gloss: 0.05, grain: 0.12, cells: 120 },
    { svg: path('M100 440 q60 -50 120 0 v380 h-120z M780 440 q60 -50 120 0 v380 h-120z', cloth), round: 50,
      gloss: 0.05, grain: 0.12, cells: 120 },
  ];
}

/** A carafe and tumblers of coloured glazed ware, apart. */
export function drinks(carafe: string, cup: string): Draw {
  return () => [
    { svg: path('M180 120 h160 q10 180 70 280 q70 130 40 470 h-380 q-30 -340 40 -470 q60 -100 70 -280z', carafe),
      round: 110, gloss: 0.9 },
    { svg: path('M560 560 h170 l-20 310 h-130z', cup) + path('M790 620 h170 l-20 250 h-130z', cup), round: 60,
      gloss: 0.8 },
  ];
}

/** A cage of bars on a base, its door a loop. */
export function cage(metal: string, width: number): Draw {
  return () => {
    const bars = times(13, (at) => {
      const x = 200 + at * 50;
      return `M${x} 850 V420 Q${x} ${200 + Math.abs(at - 6) * 20} 500 130`;
    });
    return [
      { svg: line(`${bars.join(' ')} M200 560 H800 M200 420 H800`, metal, width), round: width * 0.45, gloss: 0.9 },
      { svg: `<circle cx="500" cy="90" r="40" fill="none" stroke="${metal}" stroke-width="14"/>`, round: 6, gloss: 1 },
      { svg: '<rect x="170" y="840" width="660" height="70" rx="20" fill="#7b5a35"/>', round: 26, gloss: 0.3 },
    ];
  };
}

/** A cactus: spines thinner than a pixel. */
export function cactus(pot: string): Draw {
  return (random) => [
    { svg: path('M430 690 v-440 q70 -90 140 0 v440z M300 520 q-20 -170 30 -190 q50 0 50 90 v60 h60 v90z', '#3f7a4a'),
      round: 60, gloss: 0.15, grain: 0.08 },
    {
      svg: line(times(230, () => {
        const [x, y, turn] = [between(random, 430, 572), between(random, 230, 680), random() * 6.3];
        return `M${x} ${y} l${Math.cos(turn) * 30} ${Math.sin(turn) * 30}`;
      }).join(' '), '#d9d3b0', 2.4),
    },
    { svg: path('M350 680 h300 l-40 240 h-220z', pot), round: 80, gloss: 0.3, grain: 0.1 },
  ];
}

/** Layers shifted and made smaller: to put two drawings side by side. */
export function beside(...draws: readonly Draw[]): Draw {
  return (random) => draws.flatMap((draw, at): Layer[] => {
    const share = 1 / draws.length;
    const move = `<g transform="translate(${at * share * 1000} ${(1 - share) * 500}) scale(${share})">`;
    return draw(random).map((layer) => ({
      ...layer, svg: `${move}${layer.svg}</g>`, round: (layer.round ?? 0) * share,
    }));
  });
}
