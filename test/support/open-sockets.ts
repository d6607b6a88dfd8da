import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** One TCP socket that a process holds open, whether anybody is at its other end or not. */
export interface OpenSocket {
  readonly state: 'listening' | 'established' | 'half-closed or dead';
  readonly localPort: number;
  /** 0 where there is no other end. */
  readonly peerPort: number;
}

/** The states that matter here, as the kernel numbers them (include/net/tcp_states.h). */
const STATES: Readonly<Record<string, OpenSocket['state']>> = { '01': 'established', '0A': 'listening' };

const NOWHERE: OpenSocket = { state: 'half-closed or dead', localPort: 0, peerPort: 0 };

/** The target of each file descriptor of a process, as `socket:[123]` or `anon_inode:[eventfd]`. Only on Linux. */
export function descriptorsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((fd) => {
    try {
      return readlinkSync(`${folder}/${fd}`);
    } catch {
      // Closed since the folder was read.
      return [];
    }
  });
}

/** The TCP sockets of a process. One that the kernel lists no more, since it was reset and not closed, is dead. */
export function socketsOf(pid: number): OpenSocket[] {
  const known = new Map([...tcpTable(pid, 'tcp'), ...tcpTable(pid, 'tcp6')]);
  const local = unixInodes(pid);
  return descriptorsOf(pid).flatMap((target) => {
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    return inode === undefined || local.has(inode) ? [] : (known.get(inode) ?? NOWHERE);
  });
}

function tcpTable(pid: number, protocol: 'tcp' | 'tcp6'): (readonly [inode: string, OpenSocket])[] {
  return rowsOf(`/proc/${pid}/net/${protocol}`).map((fields) => {
    const [, local = '', peer = '', state = '', , , , , , inode = ''] = fields;
    const socket = {
      state: STATES[state] ?? NOWHERE.state,
      localPort: portOf(local),
      peerPort: portOf(peer),
    };
    return [inode, socket];
  });
}

const portOf = (address: string) => Number.parseInt(address.split(':')[1] ?? '', 16);

/** A child's standard streams are sockets too. */
const unixInodes = (pid: number) => new Set(rowsOf(`/proc/${pid}/net/unix`).map((fields) => fields[6]));

function rowsOf(file: string): string[][] {
  const [, ...rows] = readFileSync(file, 'utf8').trimEnd().split('\n');
  return rows.map((row) => row.trim().split(/\s+/));
}
