from functools import total_ordering
from typing import List


@total_ordering
class Money:
    """An amount of cents in one currency."""

    __slots__ = ("cents", "currency")

    def __init__(self, cents: int, currency: str = "USD") -> None:
        if not isinstance(cents, int):
            raise TypeError("cents must be an int")
        self.cents = cents
        self.currency = currency.upper()

    @classmethod
    def parse(cls, text: str) -> "Money":
        """Read text such as "12.50 EUR"; without a currency it is USD.

        >>> str(Money.parse("12.5 eur"))
        '12.50 EUR'
        """
        parts = text.split()
        if not 1 <= len(parts) <= 2:
            raise ValueError(f"cannot parse {text!r}")
        number = parts[0]
        negative = number.startswith("-")
        whole, dot, decimals = number.lstrip("-").partition(".")
        if not whole.isdigit() or (dot and not decimals.isdigit()) or len(decimals) > 2:
            raise ValueError(f"cannot parse {text!r}")
        cents = int(whole) * 100 + int(decimals.ljust(2, "0"))
        return cls(-cents if negative else cents, *parts[1:])

    def __add__(self, other: "Money") -> "Money":
        if self.currency != other.currency:
            raise ValueError("currencies differ")
        return Money(self.cents + other.cents, self.currency)

    def split(self, ways: int) -> List["Money"]:
        """Divide into nearly equal parts whose sum is the amount."""
        if ways < 1:
            raise ValueError("ways must be positive")
        share, extra = divmod(self.cents, ways)
        return [Money(share + (1 if i < extra else 0), self.currency) for i in range(ways)]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Money) and (self.cents, self.currency) == (other.cents, other.currency)

    def __lt__(self, other: "Money") -> bool:
        if self.currency != other.currency:
            raise ValueError("currencies differ")
        return self.cents < other.cents

    def __str__(self) -> str:
        sign = "-" if self.cents < 0 else ""
        return f"{sign}{abs(self.cents) // 100}.{abs(self.cents) % 100:02d} {self.currency}"