"""Engine, transactions and migrations."""

from gateway.database.engine import Base, Database, UtcDateTime

__all__ = ["Base", "Database", "UtcDateTime"]
