import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { Redis } from 'ioredis';

/** A command that a Redis carried out. */
export interface Monitored {
  /** The name, as its client wrote it, and the arguments. */
  readonly words: readonly string[];
  /** Whether a script called it. */
  readonly byScript: boolean;
}

/** A line of MONITOR: time, database and source, then each word in quotes. */
const LINE = /^\+[\d.]+ \[\d+ (\S+)\] (.*)$/;
const WORD = /"((?:[^"\\]|\\.)*)"/g;

/**
 * Hears of each command from now on, by a connection of its own. The driver's `monitor()` takes the first command that
 * another client sends for a reply without a request, and fails, if it arrives together with the answer to MONITOR.
 *
 * @param client a connection to the Redis, with the rights to monitor it
 * @param heard called for each command, in the order of Redis
 * @returns ends it
 */
export async function monitor(client: Redis, heard: (command: Monitored) => void): Promise<() => void> {
  const { host = '127.0.0.1', port = 6379, username = 'default', password } = client.options;
  const socket = connect(port, host);
  const lines = createInterface(socket);
  if (password) socket.write(`AUTH ${username} ${password}\r\n`);
  socket.write('MONITOR\r\n');
  const started = new Promise<void>((resolve, reject) => {
    socket.once('error', reject).once('close', () => reject(new Error('Redis closed the connection')));
    let awaited = password ? 2 : 1;
    lines.on('line', (line) => {
      if (line.startsWith('-')) return reject(new Error(line));
      const [, source, words] = LINE.exec(line) ?? [];
      if (words === undefined) {
        awaited -= 1;
        if (awaited === 0) resolve();
      } else heard({ words: wordsOf(words), byScript: source === 'lua' });
    });
  });
  await started;
  return () => socket.destroy();
}

const wordsOf = (text: string) => Array.from(text.matchAll(WORD), ([, word = '']) => word);
