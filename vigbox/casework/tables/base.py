"""What all tables share."""

from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """What all tables share."""
