/** A Redis that is made to load its data answers meanwhile, each time that it has read so many bytes. */
export const LOADING_ANSWERS_EVERY_BYTES = 1_024;

/** The settings of a Redis that can be made to load its data, by `DEBUG RELOAD`. */
export const RELOADABLE: readonly string[] = [
  '--enable-debug-command',
  'yes',
  '--loading-process-events-interval-bytes',
  `${LOADING_ANSWERS_EVERY_BYTES}`,
];
