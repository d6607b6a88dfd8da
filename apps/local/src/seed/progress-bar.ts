import { isWatched, redraw, say } from '../output/terminal.js';

const WIDTH = 30;
/** Where nobody watches (a log file, CI): a line each time so much more is done. */
const LINE_EVERY_PERCENT = 10;

export interface ProgressBar {
  /** @param done of the total; never less than before */
  show(done: number): void;
  /** Leaves the bar as it stands. */
  end(): void;
}

/** Shows how far a count has come: a bar drawn in place on a terminal, plain lines elsewhere. */
export function progressBar(total: number, unit: string): ProgressBar {
  const text = (done: number) => `${percentOf(done, total)} %  ${grouped(done)} of ${grouped(total)} ${unit}`;
  return isWatched() ? drawnBar(total, text) : writtenBar(total, text);
}

function drawnBar(total: number, text: (done: number) => string): ProgressBar {
  return {
    show: (done) => {
      const full = Math.round((WIDTH * done) / total);
      redraw(`${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${text(done)}`);
    },
    end: () => say(),
  };
}

function writtenBar(total: number, text: (done: number) => string): ProgressBar {
  let nextPercent = LINE_EVERY_PERCENT;
  return {
    show: (done) => {
      if (percentOf(done, total) < nextPercent) return;
      say(text(done));
      while (nextPercent <= percentOf(done, total)) nextPercent += LINE_EVERY_PERCENT;
    },
    end: () => undefined,
  };
}

function percentOf(done: number, total: number): number {
  return Math.floor((100 * done) / total);
}

/** 1000000 as 1,000,000. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
