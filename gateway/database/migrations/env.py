"""Alembic's entry: runs the scripts on the engine that `migrate` hands over."""

from __future__ import annotations

from alembic import context

from gateway.database.engine import Base

config = context.config
engine = config.attributes["engine"]

with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
