"""The platform model: usage, reliability, revenue."""

from .cases import cases
from .load import TABLES
from .oracle import Oracle

__all__ = ["TABLES", "Oracle", "cases"]
