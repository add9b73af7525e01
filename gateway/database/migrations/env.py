"""Alembic's entry: runs the scripts on the engine that `migrate` hands over."""

from __future__ import annotations

from alembic import context

from gateway.database.engine import WRITES, Base

config = context.config
engine = config.attributes["engine"]

# SQLite must wait for whoever writes before it looks where the schema stands: a transaction that has read
# cannot write any more when somebody else wrote meanwhile, and is told at once that the database is locked.
with engine.connect().execution_options(**WRITES) as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
