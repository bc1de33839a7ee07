/** A plot of lines per second over the number of rules, both by powers of ten, as SVG. */

export interface Series {
  readonly name: string;
  /** Rules and lines per second, by rules ascending. */
  readonly points: readonly (readonly [rules: number, rate: number])[];
}

const WIDTH = 820;
const HEIGHT = 420;
const LEFT = 64;
const RIGHT = 190;
const TOP = 20;
const BOTTOM = 44;
/** Told apart on white and on black, and by those who do not see all colours. */
const COLOURS = [
  '#d55e00',
  '#e69f00',
  '#888888',
  '#cc79a7',
  '#0072b2',
  '#56b4e9',
  '#3f7fbf',
  '#009e73',
  '#66c2a5',
];
const LABEL_APART = 15;

export function plot(title: string, series: readonly Series[]): string {
  const points = series.flatMap((each) => each.points);
  const powers = (values: readonly number[]): readonly [number, number] => [
    Math.floor(Math.log10(Math.min(...values))),
    Math.ceil(Math.log10(Math.max(...values))),
  ];
  const [xFrom, xTo] = powers(points.map(([rules]) => rules));
  const [yFrom, yTo] = powers(points.map(([, rate]) => rate));
  const x = (rules: number): number =>
    LEFT + ((Math.log10(rules) - xFrom) / Math.max(1, xTo - xFrom)) * (WIDTH - LEFT - RIGHT);
  const y = (rate: number): number =>
    HEIGHT - BOTTOM - ((Math.log10(rate) - yFrom) / Math.max(1, yTo - yFrom)) * (HEIGHT - TOP - BOTTOM);
  const grid: string[] = [];
  for (let power = xFrom; power <= xTo; power++) {
    const at = x(10 ** power);
    grid.push(`<line x1="${at}" x2="${at}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/>`);
    grid.push(text(at, HEIGHT - BOTTOM + 18, inWords(10 ** power), 'middle'));
  }
  for (let power = yFrom; power <= yTo; power++) {
    const at = y(10 ** power);
    grid.push(`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at.toFixed(1)}" y2="${at.toFixed(1)}"/>`);
    grid.push(text(LEFT - 8, at + 4, inWords(10 ** power), 'end'));
  }
  const drawn = series.map(({ points: its }, i) => {
    const path = its.map(([rules, rate]) => `${x(rules).toFixed(1)},${y(rate).toFixed(1)}`).join(' ');
    return `<polyline points="${path}" fill="none" stroke="${colour(i)}" stroke-width="2"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" role="img">
<title>${title}</title>
<style>text{fill:#666}line{stroke:#8884}</style>
${[...grid, ...drawn, ...labels(series, x, y)].join('\n')}
${text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, 'rules', 'middle')}
</svg>
`;
}

/** The name of each series at its end, moved down where two would overlap. */
function labels(
  series: readonly Series[],
  x: (rules: number) => number,
  y: (rate: number) => number,
): string[] {
  const ends = series
    .map(({ name, points }, i) => ({ name, i, at: points.at(-1)! }))
    .map(({ name, i, at: [rules, rate] }) => ({ name, i, x: x(rules) + 8, y: y(rate) + 4 }))
    .sort((a, b) => a.y - b.y);
  let last = -Infinity;
  return ends.map((end) => {
    last = Math.max(end.y, last + LABEL_APART);
    return `<text x="${end.x.toFixed(1)}" y="${last.toFixed(1)}" style="fill:${colour(end.i)}">${end.name}</text>`;
  });
}

const colour = (i: number): string => COLOURS[i % COLOURS.length]!;
const inWords = (value: number): string => value.toLocaleString('en');
const text = (x: number, y: number, words: string, anchor: 'middle' | 'end'): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${words}</text>`;
