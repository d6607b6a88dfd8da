import { connect, type Socket } from 'node:net';
import { AnswerStream } from '../answer-stream.ts';
import type { CostKind, Pieces } from './cost-kinds.ts';
import { cpuTimeUs } from './cpu-time.ts';

const CONNECTIONS = 16;
/** An answer that takes longer is a hang. */
const HANG_MS = 5_000;

export interface Cost {
  readonly name: string;
  /** How many answers had each status; 0 for a connection that ended without one. */
  readonly statuses: ReadonlyMap<number, number>;
  readonly requests: number;
  /** Of the service, in microseconds of CPU time. */
  readonly usPerRequest: number;
  readonly bytesPerAnswer: number;
  readonly bytesPerRequest: number;
  readonly pieces: Pieces;
}

export interface Measured {
  readonly port: number;
  readonly pid: number;
  /** CPU time that the process uses while it is left alone, in microseconds per millisecond. */
  readonly idleUsPerMs: number;
}

/** How many requests make a figure: as many as fill this much CPU time, within bounds. */
export interface CostLimits {
  readonly cpuMs: number;
  readonly minRequests: number;
  readonly maxRequests: number;
}

/** CPU time that the service needs for a request of one kind: a batch of them by /proc, divided by their number. */
export async function costOf(
  { port, pid, idleUsPerMs }: Measured,
  kind: CostKind,
  limits: CostLimits,
): Promise<Cost> {
  const statuses = new Map<number, number>();
  let sent = 0;
  let answered = 0;
  let bytes = 0;
  const startedAtMs = performance.now();
  const cpuAtStart = cpuTimeUs(pid);
  const spentUs = () => cpuTimeUs(pid) - cpuAtStart - (performance.now() - startedAtMs) * idleUsPerMs;
  const isEnough = () =>
    sent >= limits.maxRequests ||
    (sent >= limits.minRequests && sent % 64 === 0 && spentUs() >= limits.cpuMs * 1_000);
  const lane = async () => {
    let connection: CostConnection | null = null;
    while (!isEnough()) {
      connection ??= await CostConnection.open(port, kind.method === 'HEAD');
      const outcome = await connection.ask(kind.bytes(sent++));
      statuses.set(outcome.status, (statuses.get(outcome.status) ?? 0) + 1);
      bytes += outcome.bytes;
      answered += 1;
      if (!outcome.isOpen) connection = null;
    }
    connection?.close();
  };
  await Promise.all(Array.from({ length: kind.connections ?? CONNECTIONS }, lane));
  return {
    name: kind.name,
    statuses,
    requests: answered,
    usPerRequest: spentUs() / answered,
    bytesPerAnswer: bytes / answered,
    bytesPerRequest: kind.bytes(0).length,
    pieces: kind.pieces ?? {},
  };
}

interface Outcome {
  readonly status: number;
  readonly bytes: number;
  readonly isOpen: boolean;
}

/** One request at a time; the service may close it behind an answer. */
class CostConnection {
  private waiting: ((outcome: Outcome) => void) | null = null;
  private readonly answers: AnswerStream;
  private isOpen = true;
  private readonly socket: Socket;

  private constructor(socket: Socket, isHead: boolean) {
    this.socket = socket;
    this.answers = new AnswerStream(() => isHead);
    socket.setNoDelay();
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => this.settle({ status: 0, bytes: 0, isOpen: false }));
  }

  static open(port: number, isHead: boolean): Promise<CostConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => resolve(new CostConnection(socket, isHead)));
    });
  }

  ask(bytes: Buffer): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const hang = setTimeout(() => reject(new Error(`no answer within ${HANG_MS} ms`)), HANG_MS * 6);
      this.waiting = (outcome) => {
        clearTimeout(hang);
        resolve(outcome);
      };
      if (this.isOpen) this.socket.write(bytes);
      else this.settle({ status: 0, bytes: 0, isOpen: false });
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    const [answer] = this.answers.push(chunk);
    if (answer === undefined) return;
    const isOpen = !/\r\nconnection: close/i.test(answer.head);
    if (!isOpen) this.socket.destroy();
    this.settle({ status: answer.status, bytes: answer.body.length, isOpen });
  }

  private settle(outcome: Outcome): void {
    if (!outcome.isOpen) this.isOpen = false;
    const { waiting } = this;
    this.waiting = null;
    waiting?.(outcome);
  }
}
