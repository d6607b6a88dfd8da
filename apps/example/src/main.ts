import { Module } from '@nestjs/common';
import { HotshelfModule, startService } from '#libs/service';
import { ArticlesController, articles } from './articles.js';

@Module({
  imports: [HotshelfModule.forRoot(), HotshelfModule.forFeature([articles])],
  controllers: [ArticlesController],
})
class Example {}

await startService(Example);
