import { Injectable } from '@nestjs/common';
import { ProductsService } from '../products.service.js';
import type { Listing } from './listing.js';
import { ProductPagesRepository } from './product-pages.repository.js';
import type { ProductSelection } from './product-selection.js';

@Injectable()
export class ProductListingService {
  constructor(
    private readonly products: ProductsService,
    private readonly pages: ProductPagesRepository,
  ) {}

  select(listing: Listing): ProductSelection {
    const get = (id: string) => this.products.get(id);
    if (listing.kind === 'named') return { ...listing, get };
    return { ...listing, get, idsOnPage: () => this.pages.idsOf(listing) };
  }
}
