import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { Cached, CachedList, EntityStore, entity, InjectEntity } from '#libs/entities';

type Article = { slug: string; author: string; title: string };

export const articles = entity<Article>()({ table: 'articles', key: 'slug', groups: ['author'] });

@Controller()
export class ArticlesController {
  constructor(@InjectEntity(articles) private readonly store: EntityStore<Article, 'author'>) {}

  @Get('articles/:slug')
  @Cached(articles)
  one(@Param('slug') slug: string) {
    return this.store.load(slug);
  }

  @Get('authors/:author/articles')
  @CachedList(articles, { by: 'author' })
  by(@Param('author') author: string) {
    return this.store.idsBy('author', author);
  }

  @Put('articles/:slug/title')
  async rename(@Param('slug') slug: string, @Body('title') title: string) {
    await this.store.write(slug, (sql) => sql`UPDATE articles SET title = ${title} WHERE slug = ${slug}`);
  }
}
