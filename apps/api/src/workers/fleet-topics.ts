/** A worker's own metrics; the parent asks for them, and a worker that ends leaves them behind. */
export const OWN_METRICS = 'own-metrics';

/** The text of the metrics page of all workers; a worker asks the parent for it. */
export const FLEET_METRICS = 'fleet-metrics';

/** The values of that page, and those of each worker. */
export const FLEET_SNAPSHOT = 'fleet-snapshot';
