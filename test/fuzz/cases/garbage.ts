import type { Random } from '../../coherence/random.ts';

const PIECES = [
  '\r\n',
  '\n',
  '\r',
  ' ',
  ':',
  '\0',
  'GET ',
  'GET / HTTP/1.1\r\n',
  ' HTTP/1.1\r\n',
  ' HTTP/1.0\r\n',
  ' HTTP/2.0\r\n',
  ' HTTP/0.9\r\n',
  'Host: x\r\n',
  'Host: x\r\n\r\n',
  'Content-Length: 5\r\n',
  'Content-Length: -1\r\n',
  'Content-Length: 99999999999999999999\r\n',
  'Transfer-Encoding: chunked\r\n',
  '0\r\n\r\n',
  '5\r\nhello\r\n',
  'ffffffffffffffff\r\n',
  '1;ext=a\r\na\r\n',
  '/products/prod-1',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n',
  '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
  '{"a":1}',
  '\u00ff\u00fb\u001f',
  'POST /products HTTP/1.1\r\nHost: x\r\n',
  ' folded\r\n',
  'X: a\r\n b\r\n',
  '*1\r\n$4\r\nPING\r\n',
  'Q\u0000\u0000\u0000\u000b',
  'SSH-2.0-x\r\n',
  'a'.repeat(20_000),
] as const;

/** Bytes that are hardly a request. */
export function garbage(random: Random): Buffer {
  const pieces: Buffer[] = [];
  do pieces.push(random.next() < 0.7 ? Buffer.from(random.pick(PIECES), 'latin1') : noise(random));
  while (random.next() < 0.8);
  return Buffer.concat(pieces);
}

function noise(random: Random): Buffer {
  return Buffer.from(
    Array.from({ length: Math.floor(random.next() * 40) }, () => Math.floor(random.next() * 256)),
  );
}

/** A few bytes taken away, put in, changed or said twice. */
export function mutated(bytes: Buffer, random: Random): Buffer {
  let result = bytes;
  do {
    const at = Math.floor(random.next() * result.length);
    const to = Math.min(result.length, at + 1 + Math.floor(random.next() ** 3 * 30));
    const [before, within, behind] = [result.subarray(0, at), result.subarray(at, to), result.subarray(to)];
    const middle = random.pick([
      () => [],
      () => [within, within],
      () => [Buffer.from(random.pick(PIECES.slice(0, 24)), 'latin1'), within],
      () => [noise(random)],
      () => [Buffer.from(within.map((byte) => byte ^ (1 << Math.floor(random.next() * 8))))],
      () => [Buffer.from(within.toString('latin1').toUpperCase(), 'latin1')],
    ])();
    result = Buffer.concat([before, ...middle, behind]);
  } while (random.next() < 0.4);
  return result;
}
