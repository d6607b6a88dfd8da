import type { PipeTransform } from '@nestjs/common';
import type { FieldError } from '#libs/errors';
import { validate } from '#libs/http';
import type { Listing } from './listing.js';
import { namedListing, pageListing } from './listing-schemas.js';

type Query = Readonly<Record<string, unknown>>;

/** What asks for a page, and means nothing where the products are named. */
const PAGE_PARAMETERS = ['category', 'limit', 'cursor'];

/** Reads what is asked for from the query, and refuses one that says something else or two things at once. */
export class ListingPipe implements PipeTransform<Query, Listing> {
  transform(query: Query): Listing {
    if (query['ids'] === undefined) return validate(pageListing, query);
    const misplaced = PAGE_PARAMETERS.filter((name) => query[name] !== undefined);
    const named = Object.fromEntries(Object.entries(query).filter(([name]) => !misplaced.includes(name)));
    return validate(namedListing, named, misplaced.map(besideIds));
  }
}

function besideIds(field: string): FieldError {
  return { field, rule: 'exclusive', message: 'cannot be given together with ids' };
}
