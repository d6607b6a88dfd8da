import { Controller, Get, NotFoundException, Param } from '@nestjs/common';
import { CachedResource, type CachedResourceOptions, rowResource } from '#libs/cache-http';
import { DatabaseLink, type TrackedTable } from '#libs/db';
import { isEntityId } from '#libs/http';

/** Where articles are stored, and how they are named in the cache: `article:<slug>`, in lists of `author:<name>`. */
export const ARTICLES: TrackedTable = {
  table: 'articles',
  key: 'slug',
  prefix: 'article',
  groups: ['author'],
};

interface Article {
  readonly slug: string;
  readonly author: string;
  readonly title: string;
  readonly version: string;
}

const article = rowResource<Article>(ARTICLES);

/** A list has no version: a change of the author's articles begins a new generation of their lists. */
const list: CachedResourceOptions<string[]> = {
  key: ({ author }) => (isEntityId(author) ? `author:${author}` : null),
  group: ({ author }) => `author:${author}`,
  version: () => 0,
  body: (slugs) => ({ slugs }),
};

@Controller()
export class ArticlesController {
  constructor(private readonly database: DatabaseLink) {}

  @Get('articles/:slug')
  @CachedResource(article)
  async one(@Param('slug') slug: string): Promise<Article> {
    const text = 'SELECT slug, author, title, version FROM articles WHERE slug = $1';
    const [found] = await this.database.query<Article>(text, [slug]);
    if (found === undefined) throw new NotFoundException('no such article');
    return found;
  }

  @Get('authors/:author/articles')
  @CachedResource(list)
  async by(@Param('author') author: string): Promise<string[]> {
    const text = 'SELECT slug FROM articles WHERE author = $1 ORDER BY slug';
    return (await this.database.query<{ slug: string }>(text, [author])).map(({ slug }) => slug);
  }
}
