"""Single values that the service keeps."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from clinic.store.tables.base import Base


class Kept(Base):
    """A value by name."""

    __tablename__ = "kept"

    name: Mapped[str] = mapped_column(String(50), primary_key=True)
    value: Mapped[str] = mapped_column(String(2000))
