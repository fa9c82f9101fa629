from typing import Dict, Iterator, Tuple


class Cart:
    """A shopping cart that holds (price in cents, quantity) by item name."""

    MAX_PER_ITEM = 20

    def __init__(self, currency: str = "EUR") -> None:
        if len(currency) != 3 or not currency.isupper():
            raise ValueError("currency must be three capital letters")
        self.currency = currency
        self._items: Dict[str, Tuple[int, int]] = {}

    def add(self, name: str, price: int, quantity: int = 1) -> None:
        """Add an item; adding it again raises its quantity."""
        if price < 0 or quantity < 1:
            raise ValueError("bad price or quantity")
        if name in self._items:
            old_price, old_quantity = self._items[name]
            if old_price != price:
                raise ValueError(f"price of {name} changed")
            quantity += old_quantity
        if quantity > self.MAX_PER_ITEM:
            raise ValueError(f"at most {self.MAX_PER_ITEM} of {name}")
        self._items[name] = (price, quantity)

    def remove(self, name: str, quantity: int = 0) -> bool:
        """Remove some of an item (0 means all); say whether it is gone."""
        if name not in self._items:
            raise KeyError(name)
        price, have = self._items[name]
        if quantity == 0 or quantity >= have:
            del self._items[name]
            return True
        self._items[name] = (price, have - quantity)
        return False

    def total(self, discount_percent: int = 0) -> int:
        """Return the sum in cents after the discount, rounded down."""
        if not 0 <= discount_percent <= 100:
            raise ValueError("discount out of range")
        full = sum(price * quantity for price, quantity in self._items.values())
        return full * (100 - discount_percent) // 100

    def __len__(self) -> int:
        return sum(quantity for _, quantity in self._items.values())

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._items))

    def __str__(self) -> str:
        if not self._items:
            return "empty cart"
        return f"{len(self)} items, {self.total() / 100:.2f} {self.currency}"