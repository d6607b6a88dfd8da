import { setFlagsFromString } from 'node:v8';

/*
 * Imported first, for its effect. V8 lets the heap grow by what the machine has, and on a large one collects so rarely
 * that a process of 100 MiB of live data holds 600. A bound on the cache would promise nothing then: so garbage is
 * collected when the heap has grown by a quarter.
 */
setFlagsFromString('--heap-growing-percent=25');
