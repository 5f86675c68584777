import { between, times } from '../random.ts';
import type { Layer } from '../layer.ts';
import { line, path, type Draw } from './products.ts';

const circle = (x: number, y: number, radius: number, stroke: string, width: number): string =>
  `<circle cx="${x}" cy="${y}" r="${radius}" fill="none" stroke="${stroke}" stroke-width="${width}"/>`;

/** A ring with a stone; the finger's place is empty. */
export function ring(metal: string, stone: string): Draw {
  return () => [
    { svg: circle(500, 600, 300, metal, 74), round: 32, gloss: 1, grain: 0.02 },
    { svg: path('M430 300 l-50 -100 l60 -80 h120 l60 80 l-50 100z', stone), round: 40, gloss: 1 },
    { svg: line('M380 200 h240 M440 120 l60 80 l60 -80 M500 200 v100', '#ffffff88', 6), gloss: 1 },
  ];
}

/** Scissors, half open. */
export function scissors(handle: string): Draw {
  return () => [
    { svg: path('M470 520 L250 60 L300 60 L540 500z', '#b9bdc4'), round: 12, gloss: 1, grain: 0.02 },
    { svg: path('M530 520 L750 60 L700 60 L460 500z', '#a9adb4'), round: 12, gloss: 1, grain: 0.02 },
    { svg: line('M500 520 L400 700 M500 520 L600 700', handle, 46), round: 20, gloss: 0.4 },
    {
      svg: `<ellipse cx="345" cy="800" rx="90" ry="125" fill="none" stroke="${handle}" stroke-width="52" ` +
        `transform="rotate(18 345 800)"/>`,
      round: 22,
      gloss: 0.4,
    },
    {
      svg: `<ellipse cx="655" cy="800" rx="90" ry="125" fill="none" stroke="${handle}" stroke-width="52" ` +
        `transform="rotate(-18 655 800)"/>`,
      round: 22,
      gloss: 0.4,
    },
    { svg: '<circle cx="500" cy="510" r="22" fill="#6d7077"/>', round: 12, gloss: 1 },
  ];
}

/** A padlock on a ring of keys. */
export function padlock(body: string): Draw {
  return () => [
    { svg: line('M330 500 v-150 a170 170 0 0 1 340 0 v150', '#c3c6cc', 60), round: 26, gloss: 1 },
    {
      svg: `<rect x="230" y="470" width="540" height="430" rx="50" fill="${body}"/>`,
      round: 60,
      gloss: 0.8,
      grain: 0.06,
    },
    {
      svg: '<circle cx="500" cy="640" r="48" fill="#1d1a16"/><rect x="480" y="650" width="40" height="130" ' +
        'fill="#1d1a16"/>',
    },
  ];
}

/** Frames of spectacles, without their glasses. */
export function spectacles(colour: string, width: number): Draw {
  return () => [
    {
      svg: line('M180 430 q-60 -120 40 -190 l90 -60 M820 430 q60 -120 -40 -190 l-90 -60', colour, width * 0.8),
      round: width * 0.3,
      gloss: 0.7,
    },
    {
      svg: `<rect x="150" y="410" width="300" height="230" rx="100" fill="none" stroke="${colour}" ` +
        `stroke-width="${width}"/>`,
      round: width * 0.4,
      gloss: 0.8,
    },
    {
      svg: `<rect x="550" y="410" width="300" height="230" rx="100" fill="none" stroke="${colour}" ` +
        `stroke-width="${width}"/>`,
      round: width * 0.4,
      gloss: 0.8,
    },
    { svg: line('M450 490 q50 -40 100 0', colour, width), round: width * 0.4, gloss: 0.8 },
  ];
}

/** The wheel of a bicycle. */
export function wheel(tyre: string, spokes: number): Draw {
  return () => [
    {
      svg: times(spokes, (at) => {
        const [turn, lean] = [(at / spokes) * Math.PI * 2, at % 2 === 0 ? 0.35 : -0.35];
        const end = `L${500 + 400 * Math.cos(turn)} ${500 + 400 * Math.sin(turn)}`;
        return line(
          `M${500 + 40 * Math.cos(turn + lean * 4)} ${500 + 40 * Math.sin(turn + lean * 4)} ${end}`,
          '#8b8f96',
          4.5,
        );
      }).join(''),
      round: 3, gloss: 0.9,
    },
    { svg: circle(500, 500, 405, '#b4b8be', 22), round: 10, gloss: 1 },
    { svg: circle(500, 500, 440, tyre, 46), round: 22, gloss: 0.1, grain: 0.2, cells: 150 },
    { svg: '<circle cx="500" cy="500" r="48" fill="#4b4e55"/>', round: 30, gloss: 1 },
  ];
}

/** A basket of wire, seen from the side. */
export function basket(colour: string, width: number): Draw {
  return () => {
    const ribs = times(15, (at) => {
      const share = at / 14;
      return line(`M${130 + share * 740} 330 L${230 + share * 540} 870`, colour, width);
    });
    const hoops = times(6, (at) => {
      const [inset, y] = [at * 20, 330 + at * 108];
      return line(`M${130 + inset} ${y} q${370 - inset} 46 ${740 - 2 * inset} 0`, colour, width);
    });
    const rim = `<ellipse cx="500" cy="330" rx="370" ry="60" fill="none" stroke="${colour}" ` +
      `stroke-width="${width * 1.8}"/>`;
    const handle = line('M150 320 Q500 -120 850 320', colour, width * 1.6);
    return [{ svg: ribs.join('') + hoops.join('') + rim + handle, round: width * 0.5, gloss: 0.8 }];
  };
}

/** A chair of bent tube. */
export function chair(colour: string, width: number): Draw {
  return () => [
    {
      svg: line(
        'M270 930 L330 80 M730 930 L670 80 M330 80 Q500 40 670 80 M200 940 L290 560 M800 940 L710 560',
        colour,
        width,
      ),
      round: width * 0.4,
      gloss: 0.7,
    },
    {
      svg: line('M318 230 H682 M312 320 H688 M306 410 H694 M280 760 H720', colour, width * 0.7),
      round: width * 0.3,
      gloss: 0.7,
    },
    { svg: path('M270 540 h460 l40 60 h-540z', colour), round: 16, gloss: 0.4, grain: 0.08 },
  ];
}

/** Headphones on their cable. */
export function headphones(colour: string): Draw {
  return () => [
    { svg: line('M230 560 q0 -420 270 -420 q270 0 270 420', colour, 38), round: 16, gloss: 0.5 },
    { svg: line('M250 690 q-60 250 120 200 q180 -50 260 40 q60 60 190 -10', colour, 11), round: 5, gloss: 0.4 },
    {
      svg: `<rect x="160" y="500" width="130" height="220" rx="60" fill="${colour}"/>`,
      round: 50,
      gloss: 0.5,
      grain: 0.08,
    },
    {
      svg: `<rect x="710" y="500" width="130" height="220" rx="60" fill="${colour}"/>`,
      round: 50,
      gloss: 0.5,
      grain: 0.08,
    },
  ];
}

/** A wooden lattice of slats. */
export function lattice(colour: string, slats: number, width: number): Draw {
  return () => {
    const gap = 740 / (slats - 1);
    const wood = { gloss: 0.2, grain: 0.12, cells: 90 };
    const slat = (d: string): Layer => ({ svg: line(d, colour, width), round: width * 0.35, ...wood });
    return [
      slat(times(slats, (at) => `M${130 + at * gap} 130 V870`).join(' ')),
      slat(times(slats, (at) => `M130 ${130 + at * gap} H870`).join(' ')),
      {
        svg: `<rect x="110" y="110" width="780" height="780" fill="none" stroke="${colour}" ` +
          `stroke-width="${width * 1.7}"/>`,
        round: width * 0.5,
        gloss: 0.2,
        grain: 0.12,
        cells: 90,
      },
    ];
  };
}

/** A net of cord, sagging. */
export function net(colour: string, meshes: number, width: number): Draw {
  return () => {
    const step = 800 / meshes;
    const sag = (x: number): number => 60 * Math.sin(((x - 100) / 800) * Math.PI);
    const cords = [1, -1].flatMap((way) =>
      times(meshes * 2, (at) => {
        const points: string[] = [];
        for (let part = 0; part <= 24; part += 1) {
          const [x, y] = [
            100 + (part / 24) * 800,
            150 + (at - meshes / 2) * step + way * ((part / 24) * 800 - (way < 0 ? 0 : 800)),
          ];
          if (y >= 150 && y <= 850) points.push(`${x} ${y + sag(x)}`);
        }
        return points.length > 1 ? line(`M${points.join(' L')}`, colour, width) : '';
      }),
    );
    const edge = line(`M100 150 Q500 270 900 150 V850 Q500 970 100 850z`, colour, width * 2.4);
    return [{ svg: cords.join('') + edge, round: width * 0.6, gloss: 0.1, grain: 0.15, cells: 140 }];
  };
}

/** A doily: rounds of loops and bars. */
export function lace(colour: string): Draw {
  return () => {
    const parts = times(7, (row) => {
      const [radius, count] = [70 + row * 56, 10 + row * 7];
      const loops = times(count, (at) => {
        const turn = (at / count) * Math.PI * 2;
        return circle(500 + radius * Math.cos(turn), 500 + radius * Math.sin(turn), 20 + row * 1.2, colour, 6);
      });
      return loops.join('') + circle(500, 500, radius + 28, colour, row % 3 === 2 ? 16 : 5);
    });
    return [{ svg: parts.join(''), round: 4, gloss: 0.05, grain: 0.15, cells: 150 }];
  };
}

/** A necklace of links. */
export function chain(metal: string, thick: number): Draw {
  return () => {
    const links = times(34, (at) => {
      const share = at / 33;
      const [x, y] = [140 + share * 720, 190 + 640 * Math.sin(share * Math.PI) ** 0.8];
      const slope = (Math.atan2(640 * Math.PI * Math.cos(share * Math.PI), 720) * 180) / Math.PI;
      const [wide, high] = at % 2 === 0 ? [30, 17] : [30, 8];
      return `<ellipse cx="${x}" cy="${y}" rx="${wide}" ry="${high}" fill="none" stroke="${metal}" ` +
        `stroke-width="${thick}" transform="rotate(${slope} ${x} ${y})"/>`;
    });
    return [
      { svg: links.join(''), round: thick * 0.5, gloss: 1 },
      { svg: path('M500 830 l-44 60 l44 80 l44 -80z', '#5a2f86'), round: 24, gloss: 1 },
    ];
  };
}

/** Drop earrings on fine hooks. */
export function earrings(metal: string, stone: string): Draw {
  return () => [320, 680].flatMap((x) => [
    { svg: line(`M${x} 470 v-150 q0 -110 70 -110 q60 0 60 80`, metal, 8), round: 4, gloss: 1 },
    { svg: circle(x, 600, 128, metal, 15), round: 7, gloss: 1 },
    { svg: path(`M${x} 540 q-70 110 0 160 q70 -50 0 -160z`, stone), round: 30, gloss: 1 },
    { svg: line(`M${x} 728 v90`, metal, 5), round: 3, gloss: 1 },
    { svg: `<circle cx="${x}" cy="845" r="26" fill="${stone}"/>`, round: 20, gloss: 1 },
  ]);
}

/** A tripod. */
export function tripod(colour: string): Draw {
  return (random) => [
    { svg: line('M500 250 L260 940 M500 250 L740 940 M500 250 L540 930', colour, 17), round: 8, gloss: 0.6 },
    { svg: line('M380 590 L530 640 M620 590 L528 640', colour, 9), round: 4, gloss: 0.6 },
    { svg: line(`M500 170 L${between(random, 700, 760)} 250`, colour, 12), round: 5, gloss: 0.6 },
    { svg: `<rect x="440" y="110" width="120" height="160" rx="20" fill="${colour}"/>`, round: 30, gloss: 0.6 },
  ];
}
