"""What signs the cookies: made once, kept in the store."""

import secrets

from clinic.store.database import Store
from clinic.store.tables.settings import Kept

NAME = "cookie secret"


def secret_of(store: Store) -> str:
    """Return the store's secret; made at the first call."""
    with store.session() as session:
        kept = session.get(Kept, NAME)
        if kept is None:
            kept = Kept(name=NAME, value=secrets.token_hex(32))
            session.add(kept)
        return kept.value
