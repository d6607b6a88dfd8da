import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { killGroup, signalProcess } from './kill.js';
import type { ServiceExit, ServiceSpec } from './protocol.js';
import { tieToParent } from './tie-to-parent.js';

/** A service as the guard, its parent, sees it. */
export interface LaunchedService {
  readonly pid: number;
  readonly exited: Promise<ServiceExit>;
  /** Asks it to stop, and kills it where it has not after its `stopTimeoutMs`. */
  stop(): Promise<void>;
}

/**
 * Starts a service as a child of this process, in a process group of its own, so that whatever it started in
 * turn can be ended with it.
 *
 * @throws where the operating system refuses to start it, or its output file can't be written
 */
export async function launch(spec: ServiceSpec): Promise<LaunchedService> {
  const child = spawnDetached(spec);
  // 'spawn' or 'error', whichever comes first: `once` rejects on 'error'.
  await once(child, 'spawn');
  if (child.pid === undefined) throw new Error('it was spawned without a pid');
  const pid = child.pid;
  const exited = exitOf(child).then((exit) => {
    // A service that crashed may have left children; nothing of it may outlive it.
    killGroup(pid);
    return exit;
  });
  let stopping: Promise<void> | undefined;
  return { pid, exited, stop: () => (stopping ??= stopChild(spec, pid, exited)) };
}

function spawnDetached(spec: ServiceSpec): ChildProcess {
  const outputFd = spec.output === 'inherit' ? undefined : openSync(spec.output.file, 'w', 0o600);
  try {
    const { command, args } = tieToParent(spec);
    return spawn(command, args, {
      stdio: ['ignore', outputFd ?? 'inherit', outputFd ?? 'inherit'],
      detached: true,
      ...(spec.cwd !== undefined && { cwd: spec.cwd }),
      ...(spec.env !== undefined && { env: spec.env }),
      ...(spec.uid !== undefined && { uid: spec.uid }),
      ...(spec.gid !== undefined && { gid: spec.gid }),
    });
  } finally {
    if (outputFd !== undefined) closeSync(outputFd);
  }
}

function exitOf(child: ChildProcess): Promise<ServiceExit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

async function stopChild(spec: ServiceSpec, pid: number, exited: Promise<ServiceExit>): Promise<void> {
  signalProcess(pid, spec.stopSignal);
  const timer = setTimeout(() => killGroup(pid), spec.stopTimeoutMs);
  await exited;
  clearTimeout(timer);
}
