from typing import Dict, List, Optional, Sequence


def make_change(amount: int, coins: Sequence[int] = (1, 5, 10, 25), *, supply: Optional[Dict[int, int]] = None) -> Optional[List[int]]:
    """Return the shortest list of coins that sums to amount, or None.

    >>> make_change(6, [1, 3, 4])
    [3, 3]
    """
    if amount < 0:
        raise ValueError("amount must not be negative")
    if any(coin <= 0 for coin in coins):
        raise ValueError("coins must be positive")
    best: List[Optional[List[int]]] = [None] * (amount + 1)
    best[0] = []
    for coin in sorted(set(coins)):
        if supply is None:
            for value in range(coin, amount + 1):
                previous = best[value - coin]
                current = best[value]
                if previous is not None and (current is None or len(previous) + 1 < len(current)):
                    best[value] = previous + [coin]
        else:
            for _ in range(supply.get(coin, 0)):
                for value in range(amount, coin - 1, -1):
                    previous = best[value - coin]
                    current = best[value]
                    if previous is None or previous.count(coin) >= supply[coin]:
                        continue
                    if current is None or len(previous) + 1 < len(current):
                        best[value] = previous + [coin]
    return best[amount]