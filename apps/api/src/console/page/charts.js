// Line charts of the last minutes, five at most, drawn as SVG.

const HEIGHT = 150;
const LEFT = 44;
const BOTTOM = 20;
const TOP = 8;
const SECONDS = 300;
const MINUTE = 60;
const QUARTER = 15;
const SVG = 'http://www.w3.org/2000/svg';

/** A round number that is at least as large, and whose half is round too. */
function roundUp(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].find((each) => each * power >= value);
  return (step ?? 10) * power;
}

/** From 0 on, for numbers of things. */
function linear(values) {
  const top = roundUp(Math.max(0, ...values));
  return { ticks: [0, top / 2, top], shareOf: (value) => value / top };
}

/** By powers of ten, for times: a hit and a miss differ by a thousand. */
function logarithmic(values) {
  const power = (value, round) => round(Math.log10(value));
  const positive = values.filter((value) => value > 0);
  const from = power(Math.min(0.1, ...positive), Math.floor);
  const to = power(Math.max(10, ...positive), Math.ceil);
  return {
    ticks: Array.from({ length: to - from + 1 }, (_, n) => 10 ** (from + n)),
    shareOf: (value) => (Math.log10(Math.max(value, 10 ** from)) - from) / (to - from),
  };
}

/** 75 as 1 min 15 s. */
function spanText(seconds) {
  const [minutes, rest] = [Math.floor(seconds / MINUTE), seconds % MINUTE];
  return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
}

function element(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Where the line has values, in pieces: a second without a value is a gap. */
function pathOf(frames, of, x, y) {
  let path = '';
  let isDrawing = false;
  for (const frame of frames) {
    const value = of(frame);
    if (value === null) isDrawing = false;
    else {
      path += `${isDrawing ? 'L' : 'M'}${x(frame.at).toFixed(1)} ${y(value).toFixed(1)}`;
      isDrawing = true;
    }
  }
  return path;
}

/**
 * @param id of the svg
 * @param title what it shows
 * @param series up to three: name, value of a frame (null for none), and how a value is written
 * @param scaleOf makes the scale of the values
 */
function drawChart(id, title, series, frames, scaleOf) {
  const svg = document.getElementById(id);
  const legend = document.getElementById(`${id}-legend`);
  // As wide as it is shown, so that its text keeps its shape.
  const width = Math.max(160, svg.clientWidth);
  svg.setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`);
  const last = frames.at(-1);
  const end = last === undefined ? Date.now() : last.at;
  const { ticks, shareOf } = scaleOf(frames.flatMap((frame) => series.map(({ of }) => of(frame) ?? 0)));
  const top = ticks.at(-1);
  // As far back as there are values for, in quarters of a minute: a line fills its chart.
  const age = frames.length === 0 ? 0 : (end - frames[0].at) / 1000;
  const span = Math.min(SECONDS, Math.max(MINUTE, Math.ceil(age / QUARTER) * QUARTER));
  const x = (at) => width - ((end - at) / 1000 / span) * (width - LEFT);
  const y = (value) => HEIGHT - BOTTOM - shareOf(value) * (HEIGHT - BOTTOM - TOP);
  const parts = [];
  for (const tick of ticks) {
    const at = y(tick);
    parts.push(element('line', { class: 'grid', x1: LEFT, x2: width, y1: at, y2: at }));
    parts.push(element('text', { x: LEFT - 6, y: at + 4, 'text-anchor': 'end' }, short(tick)));
  }
  parts.push(element('text', { x: LEFT, y: HEIGHT - 4 }, `${spanText(span)} ago`));
  parts.push(element('text', { x: width, y: HEIGHT - 4, 'text-anchor': 'end' }, 'now'));
  for (const [n, { of }] of series.entries())
    parts.push(element('path', { class: `series series-${n + 1}`, d: pathOf(frames, of, x, y) }));
  svg.replaceChildren(...parts);
  const texts = series.map(({ name, of, write }) => {
    const value = last === undefined ? null : of(last);
    return `${name} ${value === null ? '–' : write(value)}`;
  });
  svg.setAttribute('aria-label', `${title}, now: ${texts.join(', ')}; the scale ends at ${short(top)}`);
  legend.replaceChildren(
    ...texts.map((text, n) => {
      const item = document.createElement('span');
      const swatch = element('svg', { viewBox: '0 0 22 8', 'aria-hidden': 'true' });
      swatch.append(element('path', { class: `series series-${n + 1}`, d: 'M0 4H22' }));
      item.append(swatch, text);
      return item;
    }),
  );
}

/** 1234 as 1,234; 12345 as 12.3k; 0.125 as 0.13. */
export function short(value) {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  if (value >= 1e4) return `${(value / 1e3).toFixed(1)}k`;
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  if (value >= 10) return String(Math.round(value * 10) / 10);
  return String(Math.round(value * 100) / 100);
}

const perSecond = (value) => `${short(value)}/s`;
export const milliseconds = (value) => `${short(value)} ms`;

const rate = (name, field) => ({ name, of: (frame) => frame[field], write: perSecond });
const time = (field) => ({ name: field, of: (frame) => frame[field], write: milliseconds });

/** By the id of the svg: what a chart shows, and its lines. */
const CHARTS = {
  'chart-requests': ['Requests per second', [rate('requests', 'requests'), rate('errors', 'errors')]],
  'chart-latency': ['Latency in milliseconds', [time('p50'), time('p99')], logarithmic],
  'chart-tiers': [
    'Answers by tier per second',
    [rate('L1', 'l1Hits'), rate('L2', 'l2Hits'), rate('Postgres', 'loads')],
  ],
  'chart-sql': [
    'SQL and invalidations per second',
    [rate('SQL', 'statements'), rate('invalidations', 'invalidations')],
  ],
};

/** @param frames the oldest first */
export function drawCharts(frames) {
  for (const [id, [title, series, scaleOf = linear]] of Object.entries(CHARTS))
    drawChart(id, title, series, frames, scaleOf);
}
