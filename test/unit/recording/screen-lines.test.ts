import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { screenLines } from '../../recording/screen-lines.ts';
import { svgOf } from '../../recording/svg.ts';

const ESC = '\u001b';

describe('the lines of a recorded screen', () => {
  it('have the second at which they began, also if they come in pieces', () => {
    const lines = screenLines([
      [0.5, 'Post'],
      [1, 'gres\r\n\r\nRedis'],
    ]);
    assert.deepEqual(
      lines.map(({ seconds, plain }) => [seconds, plain]),
      [
        [0.5, 'Postgres'],
        [0.5, ''],
        [1, 'Redis'],
      ],
    );
  });

  it('are what was written last where a line was written over', () => {
    const [line] = screenLines([[0, `1 s\r${ESC}[K2 s\r${ESC}[Kdone\r\n`]]);
    assert.equal(line?.plain, 'done');
  });

  it('keep their colours', () => {
    const [line] = screenLines([[0, `${ESC}[31mERROR${ESC}[0m broken\r\n`]]);
    assert.deepEqual(line?.spans, [
      { text: 'ERROR', colour: 'red' },
      { text: ' broken', colour: '' },
    ]);
  });
});

describe('their picture', () => {
  it('has each line with its time, and nothing that a line could add to it', () => {
    const svg = svgOf(screenLines([[1.25, `a <b> & ${ESC}[32mgreen${ESC}[0m\r\n`]]), 80);
    assert.match(
      svg,
      /<tspan class="dim"> {2}1\.[23] s <\/tspan>a &lt;b&gt; &amp; <tspan class="green">green</,
    );
  });

  it('wraps a line that is wider than the terminal', () => {
    const svg = svgOf(screenLines([[0, 'x'.repeat(25)]]), 10);
    assert.equal(svg.match(/<text /g)?.length, 3);
  });
});
