import UPlot from 'uplot';
import { count, day } from '../../language/format.ts';
import 'uplot/dist/uPlot.min.css';

const height = 200;
const daySeconds = 86_400;

interface Bars {
  /** Milliseconds since 1970. */
  readonly at: readonly number[];
  readonly spent: readonly number[];
  readonly granted: readonly number[];
}

/** Two bars a day, in the colours of the page as they are now. Returns what takes them away. */
export function drawBars(into: HTMLElement, { at, spent, granted }: Bars): () => void {
  const tokens = ['--accent', '--good', '--text-quiet', '--line'];
  const [accent, good, quiet, line] = tokens.map((name) => colour(into, name));
  const font = `12px ${getComputedStyle(into).fontFamily}`;
  const bars = (align: -1 | 1): UPlot.Series.PathBuilder => UPlot.paths.bars!({ size: [0.38, 14], align, gap: 1 });
  const axis = { stroke: quiet!, font, ticks: { show: false } } as const;
  const plot = new UPlot(
    {
      width: into.clientWidth, height, legend: { show: false }, cursor: { show: false }, padding: [8, 20, 0, 0],
      scales: {
        x: { range: (_, from, to) => [from - daySeconds * 0.7, to + daySeconds * 0.7] },
        y: { range: rangeOf },
      },
      axes: [
        { ...axis, grid: { show: false }, space: 64, values: (_, splits) => splits.map((each) => day(each * 1_000)) },
        {
          ...axis, grid: { stroke: line!, width: 1 }, size: 48,
          values: (_, splits) => splits.map((each) => (Number.isInteger(each) ? count(each) : '')),
        },
      ],
      series: [
        {},
        { fill: accent!, stroke: accent!, width: 0, points: { show: false }, paths: bars(-1) },
        { fill: good!, stroke: good!, width: 0, points: { show: false }, paths: bars(1) },
      ],
    },
    [at.map((each) => each / 1_000), [...spent], [...granted]],
    into,
  );
  const resized = new ResizeObserver(() => plot.setSize({ width: into.clientWidth, height }));
  resized.observe(into);
  return () => {
    resized.disconnect();
    plot.destroy();
  };
}

function rangeOf(_: UPlot, __: number, most: number): [number, number] {
  return [0, Math.max(4, most * 1.1)];
}

/** As a canvas takes it: what a token stands for depends on the theme. */
function colour(near: HTMLElement, token: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${token})`;
  near.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
