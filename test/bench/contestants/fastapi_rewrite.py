"""
The predecessor's rewrite, as a careful engineer of its language writes it: FastAPI on uvicorn with uvloop and httptools,
one pool of asyncpg, which prepares statements by itself, redis-py with its parser in C, answers as bytes that are not
serialised twice, no access log. Cache-aside: memory for a short time, then Redis, then Postgres; no leases and no
notifications, so what others change stays stale in memory for MEMORY_SECONDS and in Redis until it expires.

Its table has no triggers. It is made of the catalogue's, once.
"""

import hmac
import os
import time
from contextlib import asynccontextmanager

import asyncpg
import orjson
import uvicorn
from fastapi import FastAPI, Header, Response
from pydantic import BaseModel, ConfigDict
from redis.asyncio import BlockingConnectionPool, Redis

FRESH_SECONDS = 300
MEMORY_SECONDS = float(os.environ["MEMORY_SECONDS"])
MEMORY_KEYS = 10_000
POOL_SIZE = 10
REDIS_CONNECTIONS = 64
EXPECTED = f"Bearer {os.environ['BENCH_KEY']}".encode()

MAKE_TABLE = """
  DO $$ BEGIN
    PERFORM pg_advisory_xact_lock(7310470);
    IF to_regclass('fastapi_products') IS NULL THEN
      CREATE TABLE fastapi_products AS SELECT id, name, price, stock, category_id, last_updated FROM products;
      ALTER TABLE fastapi_products ADD PRIMARY KEY (id), ADD CHECK (stock >= 0);
      ANALYZE fastapi_products;
    END IF;
  END $$"""
COLUMNS = "id, name, price::float8, stock, extract(epoch FROM last_updated)::float8 AS last_updated, category_id AS category"
SELECT = f"SELECT {COLUMNS} FROM fastapi_products WHERE id = $1"
CHANGE = f"""
  UPDATE fastapi_products SET stock = stock + $2, last_updated = clock_timestamp()
  WHERE id = $1 AND stock + $2 >= 0 RETURNING {COLUMNS}"""


class StockChange(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    delta: int


# The answers of the last seconds, with the time until which they may be given.
memory: dict[str, tuple[float, bytes]] = {}


def remember(product_id: str, body: bytes) -> None:
    if MEMORY_SECONDS == 0:
        return
    if len(memory) >= MEMORY_KEYS:
        memory.pop(next(iter(memory)))
    memory[product_id] = (time.monotonic() + MEMORY_SECONDS, body)


@asynccontextmanager
async def lifespan(app: FastAPI):
    connections = BlockingConnectionPool.from_url(os.environ["REDIS_URL"], max_connections=REDIS_CONNECTIONS)
    app.state.redis = Redis(connection_pool=connections)
    app.state.pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=POOL_SIZE, max_size=POOL_SIZE)
    await app.state.pool.execute(MAKE_TABLE)
    yield
    await app.state.pool.close()
    await app.state.redis.aclose()


app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)


def answer(body: bytes) -> Response:
    return Response(content=body, media_type="application/json")


@app.get("/products/{product_id}")
async def product(product_id: str) -> Response:
    known = memory.get(product_id)
    if known is not None and known[0] > time.monotonic():
        return answer(known[1])
    body = await app.state.redis.get(f"fastapi:{product_id}")
    if body is None:
        row = await app.state.pool.fetchrow(SELECT, product_id)
        if row is None:
            return Response(status_code=404)
        body = orjson.dumps(dict(row))
        await app.state.redis.set(f"fastapi:{product_id}", body, ex=FRESH_SECONDS)
    remember(product_id, body)
    return answer(body)


@app.post("/products/{product_id}/stock")
async def stock(product_id: str, change: StockChange, authorization: str = Header("")) -> Response:
    if not hmac.compare_digest(authorization.encode(), EXPECTED):
        return Response(status_code=401)
    row = await app.state.pool.fetchrow(CHANGE, product_id, change.delta)
    if row is None:
        return Response(status_code=409)
    await app.state.redis.delete(f"fastapi:{product_id}")
    memory.pop(product_id, None)
    return answer(orjson.dumps(dict(row)))


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
