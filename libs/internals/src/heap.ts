import { setFlagsFromString } from 'node:v8';

/**
 * Bounds the garbage of a process. Call it before anything large is imported.
 *
 * V8 lets the heap grow by what the machine has, and on a large one collects so rarely that a process of 100 MiB of live
 * data holds 600. A bound on the cache would promise nothing then: so garbage is collected when the heap has grown by a
 * quarter.
 *
 * V8 also makes objects old from the first that come from a place in the code whose objects once outlived a collection.
 * A burst of requests that are under way during one is enough. From then on what holds a request for a millisecond is made
 * old, and the request with all that belongs to it is kept until the whole heap is collected.
 *
 * A V8 that does not know a flag prints a line, and goes on without it: the process holds more memory.
 */
export function tuneHeap(): void {
  setFlagsFromString('--heap-growing-percent=25');
  setFlagsFromString('--no-allocation-site-pretenuring');
}
