/** A product as Postgres has it. */
export interface Product {
  readonly id: string;
  readonly name: string;
  /** In the shop's currency; exact to the cent, since a double holds every such number of nine digits. */
  readonly price: number;
  readonly stock: number;
  /** The id of its category; null for none. */
  readonly category: string | null;
  /** Unix seconds with fraction. */
  readonly lastUpdated: number;
  readonly version: number;
}
