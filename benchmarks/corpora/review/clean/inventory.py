"""Stock keeping for a small warehouse."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal


class InventoryError(Exception):
    """Base class of all errors of the inventory."""


class UnknownArticleError(InventoryError):
    """The article is not listed."""

    def __init__(self, sku: str) -> None:
        super().__init__(f"unknown article {sku!r}")
        self.sku = sku


class OutOfStockError(InventoryError):
    """There are fewer pieces than requested."""

    def __init__(self, sku: str, wanted: int, available: int) -> None:
        super().__init__(f"{sku!r}: {wanted} wanted, {available} available")
        self.sku = sku
        self.wanted = wanted
        self.available = available


@dataclass(frozen=True, slots=True)
class Article:
    """An article with its stock.

    Attributes:
        sku: Stock keeping unit, unique in the inventory.
        title: Name for people.
        unit_price: Price of one piece.
        on_hand: Pieces in stock.
        reorder_level: Stock at or below which the article is ordered again.
    """

    sku: str
    title: str
    unit_price: Decimal
    on_hand: int = 0
    reorder_level: int = 5

    def __post_init__(self) -> None:
        if self.on_hand < 0:
            raise ValueError(f"{self.sku}: stock cannot be negative")
        if self.unit_price < 0:
            raise ValueError(f"{self.sku}: price cannot be negative")

    @property
    def value(self) -> Decimal:
        """Value of all pieces in stock."""
        return self.unit_price * self.on_hand

    @property
    def needs_reorder(self) -> bool:
        """Whether the stock has reached the reorder level."""
        return self.on_hand <= self.reorder_level


@dataclass
class Inventory:
    """All articles by their SKU."""

    _articles: dict[str, Article] = field(default_factory=dict)

    @classmethod
    def from_articles(cls, articles: Iterable[Article]) -> Inventory:
        """Create an inventory from articles.

        Raises:
            ValueError: If two articles have the same SKU.
        """
        inventory = cls()
        for article in articles:
            if article.sku in inventory:
                raise ValueError(f"duplicate SKU {article.sku!r}")
            inventory._articles[article.sku] = article
        return inventory

    def __contains__(self, sku: object) -> bool:
        return sku in self._articles

    def __len__(self) -> int:
        return len(self._articles)

    def __iter__(self) -> Iterator[Article]:
        return iter(sorted(self._articles.values(), key=lambda article: article.sku))

    def __getitem__(self, sku: str) -> Article:
        try:
            return self._articles[sku]
        except KeyError:
            raise UnknownArticleError(sku) from None

    def receive(self, sku: str, quantity: int) -> Article:
        """Book a delivery and return the updated article."""
        _require_positive(quantity)
        article = self[sku]
        return self._store(replace(article, on_hand=article.on_hand + quantity))

    def withdraw(self, sku: str, quantity: int) -> Article:
        """Take pieces out of stock and return the updated article.

        Raises:
            OutOfStockError: If there are not enough pieces.
        """
        _require_positive(quantity)
        article = self[sku]
        if quantity > article.on_hand:
            raise OutOfStockError(sku, quantity, article.on_hand)
        return self._store(replace(article, on_hand=article.on_hand - quantity))

    def total_value(self) -> Decimal:
        """Return the value of the whole stock."""
        return sum((article.value for article in self), start=Decimal(0))

    def to_reorder(self) -> list[Article]:
        """Return the articles that should be ordered, lowest stock first."""
        return sorted((a for a in self if a.needs_reorder), key=lambda a: a.on_hand)

    def _store(self, article: Article) -> Article:
        self._articles[article.sku] = article
        return article


def _require_positive(quantity: int) -> None:
    if quantity < 1:
        raise ValueError(f"quantity must be positive, got {quantity}")
