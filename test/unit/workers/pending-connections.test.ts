import assert from 'node:assert/strict';
import type { Worker } from 'node:cluster';
import { EventEmitter } from 'node:events';
import { beforeEach, describe, it } from 'node:test';
import { PendingConnections } from '#libs/internals';

const KEY = '127.0.0.1:3000:4::0';

/** A worker that receives the messages of Node's own parent, and sends given ones. */
class RecordingWorker {
  readonly sent: unknown[] = [];
  readonly refused: unknown[] = [];
  readonly process = Object.assign(new EventEmitter(), {
    send: (message: object) => this.sent.push(message) > 0,
  });

  constructor(pending: PendingConnections) {
    pending.follow(this as unknown as Worker);
    this.process.on('internalMessage', ({ accepted, ack }) => {
      if (accepted === false) this.refused.push(ack);
    });
  }

  send(message: object, connection?: object): void {
    Reflect.apply(this.process.send, this.process, [message, connection]);
  }

  serve(): void {
    this.send({ cmd: 'NODE_CLUSTER', ack: 0, key: KEY, errno: null, seq: 100 });
  }

  take(seq: number): { closed: boolean } {
    const connection = {
      closed: false,
      close() {
        this.closed = true;
      },
    };
    this.send({ cmd: 'NODE_CLUSTER', act: 'newconn', key: KEY, seq }, connection);
    return connection;
  }

  say(message: object): void {
    this.process.emit('internalMessage', { cmd: 'NODE_CLUSTER', ...message });
  }

  die(): void {
    this.process.emit('close', null, 'SIGKILL');
  }
}

describe('connections on their way to a worker', () => {
  let worker: RecordingWorker;
  let other: RecordingWorker;

  beforeEach(() => {
    const pending = new PendingConnections();
    worker = new RecordingWorker(pending);
    other = new RecordingWorker(pending);
    worker.serve();
  });

  it('are sent as they were', () => {
    worker.take(1);
    assert.deepEqual(worker.sent.at(-1), { cmd: 'NODE_CLUSTER', act: 'newconn', key: KEY, seq: 1 });
  });

  it('are refused in its name when it dies, and stay open where another listens', () => {
    other.serve();
    const connection = worker.take(1);
    worker.die();
    assert.deepEqual(worker.refused, [1]);
    assert.equal(connection.closed, false);
  });

  it('are left alone when it had answered for them', () => {
    const [taken, given] = [worker.take(1), worker.take(2)];
    worker.say({ ack: 1, accepted: true });
    worker.die();
    assert.deepEqual([taken.closed, given.closed], [false, true]);
    assert.deepEqual(worker.refused, [2]);
  });

  it('are closed where the other listens no more, or could not', () => {
    other.serve();
    other.say({ act: 'close', key: KEY });
    other.send({ cmd: 'NODE_CLUSTER', ack: 4, key: KEY, errno: -98, seq: 101 });
    const connection = worker.take(1);
    worker.die();
    assert.equal(connection.closed, true);
  });

  it('are closed where the other is dead', () => {
    other.serve();
    other.die();
    const connection = worker.take(1);
    worker.die();
    assert.equal(connection.closed, true);
  });
});
