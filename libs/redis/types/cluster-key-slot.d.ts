// The package has no types of its own. Of what it offers, this is what is used here.
declare module 'cluster-key-slot' {
  /** The slot of a Redis Cluster that a key lies in, its hash tag regarded. */
  export default function calculateSlot(key: string): number;
}
