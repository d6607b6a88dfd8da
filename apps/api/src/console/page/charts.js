// Line charts of the last minutes, five at most, drawn as SVG.

const HEIGHT = 150;
const LEFT = 44;
const BOTTOM = 20;
const TOP = 8;
const SECONDS = 300;
const MINUTE = 60;
const SVG = 'http://www.w3.org/2000/svg';

/** A round number that is at least as large. */
function roundUp(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 2.5, 5, 10].find((each) => each * power >= value);
  return (step ?? 10) * power;
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
 */
function drawChart(id, title, series, frames) {
  const svg = document.getElementById(id);
  const legend = document.getElementById(`${id}-legend`);
  // As wide as it is shown, so that its text keeps its shape.
  const width = Math.max(160, svg.clientWidth);
  svg.setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`);
  const last = frames.at(-1);
  const end = last === undefined ? Date.now() : last.at;
  const values = frames.flatMap((frame) => series.map(({ of }) => of(frame) ?? 0));
  const top = roundUp(Math.max(0, ...values));
  // Whole minutes, as many as there are values for.
  const age = frames.length === 0 ? 0 : (end - frames[0].at) / 1000;
  const minutes = Math.min(SECONDS / MINUTE, Math.max(1, Math.ceil(age / MINUTE)));
  const x = (at) => width - ((end - at) / 1000 / (minutes * MINUTE)) * (width - LEFT);
  const y = (value) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - TOP);
  const parts = [];
  for (const share of [0, 0.5, 1]) {
    const at = y(top * share);
    parts.push(element('line', { class: 'grid', x1: LEFT, x2: width, y1: at, y2: at }));
    parts.push(element('text', { x: LEFT - 6, y: at + 4, 'text-anchor': 'end' }, short(top * share)));
  }
  parts.push(element('text', { x: LEFT, y: HEIGHT - 4 }, `${minutes} min ago`));
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
  'chart-latency': ['Latency in milliseconds', [time('p50'), time('p99')]],
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
  for (const [id, [title, series]] of Object.entries(CHARTS)) drawChart(id, title, series, frames);
}
