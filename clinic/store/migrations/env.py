"""Run by Alembic, on the connection that `clinic.store.database` opened."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from clinic.store.tables.all import Base
from clinic.store.tables.base import Moment


def _written(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:
    """Write our own types as what the database knows."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=_written,
)
with context.begin_transaction():
    context.run_migrations()
