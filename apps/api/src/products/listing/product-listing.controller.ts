import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CachedCollection } from '#libs/cache-http';
import type { Listing } from './listing.js';
import { ListingPipe } from './listing.pipe.js';
import { productCollection } from './product-collection.js';
import { ListDocs } from './product-listing.docs.js';
import { ProductListingService } from './product-listing.service.js';
import type { ProductSelection } from './product-selection.js';

@ApiTags('products')
@Controller('products')
export class ProductListingController {
  constructor(private readonly listing: ProductListingService) {}

  @Get()
  @CachedCollection(productCollection)
  @ListDocs()
  list(@Query(new ListingPipe()) listing: Listing): ProductSelection {
    return this.listing.select(listing);
  }
}
