"""The billing model: ledgers, orders, payments, demands, subscriptions."""

from .cases import cases
from .load import TABLES
from .oracle import Oracle

__all__ = ["TABLES", "Oracle", "cases"]
