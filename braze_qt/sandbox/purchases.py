"""Purchases, with their money kept exact."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any

EXACT = Context(prec=100)
"""Enough digits for every sum that ``MAX_QUANTITY`` and the bounds of a price allow."""
MAX_QUANTITY = 10**9
HIGHEST_DIGIT, LOWEST_DIGIT = 15, -18
"""Powers of ten: what is larger or finer than this is no price."""


@dataclass(frozen=True)
class Purchase:
    """One purchase: ``price`` is that of one piece, ``time`` is Unix seconds."""

    product_id: str
    currency: str
    price: Decimal
    quantity: int
    time: float
    properties: dict[str, Any]

    @property
    def amount(self) -> str:
        """The price of one piece with its currency: ``10.00 EUR``."""
        return f"{digits(self.price)} {self.currency}"

    def as_json(self) -> dict[str, Any]:
        """The price is text, as digits."""
        return {
            "product_id": self.product_id,
            "currency": self.currency,
            "price": digits(self.price),
            "quantity": self.quantity,
            "time": self.time,
            "properties": self.properties,
        }


def read_purchase(data: dict[str, Any], time: float) -> Purchase | None:
    """What an event ``p`` says; None when it is no purchase. A missing quantity is 1."""
    product_id, currency, quantity = data.get("pid"), data.get("c"), data.get("q", 1)
    price, properties = _price(data.get("p")), data.get("pr")
    if not isinstance(product_id, str) or not product_id or price is None:
        return None
    if not isinstance(currency, str) or not re.fullmatch("[A-Z]{3}", currency):
        return None
    if isinstance(quantity, bool) or not isinstance(quantity, int) or not 1 <= quantity <= MAX_QUANTITY:
        return None
    return Purchase(
        product_id, currency, price, quantity, time, properties if isinstance(properties, dict) else {}
    )


def _price(value: Any) -> Decimal | None:
    """A number, or a string of digits."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,16}(\.[0-9]{1,18})?", value):
        return None
    price = Decimal(str(value))
    _, _, exponent = price.as_tuple()
    in_bounds = isinstance(exponent, int) and exponent >= LOWEST_DIGIT and price.adjusted() <= HIGHEST_DIGIT
    return price if in_bounds else None


def revenue_of(purchases: Iterable[Purchase]) -> dict[str, Decimal]:
    """Price times quantity, summed up for each currency, in the order in which these came."""
    revenue: dict[str, Decimal] = {}
    for each in purchases:
        spent = EXACT.multiply(each.price, Decimal(each.quantity))
        revenue[each.currency] = EXACT.add(revenue.get(each.currency, Decimal()), spent)
    return revenue


def digits(amount: Decimal) -> str:
    """As text without an exponent: ``30.00``."""
    return format(amount, "f")
