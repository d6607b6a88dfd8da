import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { signalIfThere } from '../../e2e/start/process-tree.ts';
import { socketsOf } from '../../support/open-sockets.ts';
import { exchange } from '../../support/raw-http.ts';
import { until } from '../../support/until.ts';

const PROGRAM = path.join(import.meta.dirname, 'sharing-program.ts');

interface Sharing {
  readonly parent: number;
  /** In the order in which they began to listen. */
  readonly workers: readonly number[];
  readonly port: number;
}

async function withSharing(count: number, work: (sharing: Sharing) => Promise<void>): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, String(count)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const lines: { pid: number; port: number }[] = [];
  createInterface(child.stdout).on('line', (line) => lines.push(JSON.parse(line)));
  try {
    await until('all listen', () => lines.length === count);
    await work({
      parent: child.pid ?? 0,
      workers: lines.map(({ pid }) => pid),
      port: lines[0]?.port ?? 0,
    });
  } finally {
    child.kill('SIGKILL');
    for (const { pid } of lines) signalIfThere(pid, 'SIGKILL');
    await exited;
  }
}

/** Requests that a connection of its own brings each. */
function ask({ port }: Sharing, times: number) {
  const said: string[] = [];
  for (let at = 0; at < times; at += 1) {
    void exchange(`http://127.0.0.1:${port}`, ['GET / HTTP/1.1', 'Host: x', 'Connection: close'])
      .catch((error: NodeJS.ErrnoException) => String(error.code))
      .then((answer) => said.push(answer));
  }
  return said;
}

const heldBy = ({ parent, port }: Sharing) =>
  socketsOf(parent).filter(({ state, localPort }) => state === 'established' && localPort === port).length;

describe('a connection that was handed to a worker which died before it took it', () => {
  it('is answered by another, as are those that come after it', async () => {
    await withSharing(2, async (sharing) => {
      const [dead = 0, other = 0] = sharing.workers;
      process.kill(dead, 'SIGSTOP');
      const said = ask(sharing, 6);
      // All but the one that waits for the stopped worker.
      await until('the other has answered', () => said.length === 5 && heldBy(sharing) === 1);
      process.kill(dead, 'SIGKILL');
      await until('all are answered', () => said.length === 6);
      const later = ask(sharing, 20);
      await until('those that came after are answered', () => later.length === 20);
      const bySomebodyElse = [...said, ...later].filter((answer) => !answer.endsWith(String(other)));
      assert.deepEqual(bySomebodyElse, []);
      assert.equal(heldBy(sharing), 0);
    });
  });

  it('is closed if no other worker listens', async () => {
    await withSharing(1, async (sharing) => {
      const [dead = 0] = sharing.workers;
      process.kill(dead, 'SIGSTOP');
      const said = ask(sharing, 1);
      await until('the parent holds it', () => heldBy(sharing) === 1);
      process.kill(dead, 'SIGKILL');
      await until('its client knows', () => said.length === 1);
      assert.doesNotMatch(String(said[0]), /HTTP/);
    });
  });
});
