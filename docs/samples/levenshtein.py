def edit_distance(source, target, *, limit=None, ignore_case=False, swap_cost=None):
    if ignore_case:
        source = source.lower()
        target = target.lower()
    if source == target:
        return 0
    if limit is not None:
        if limit < 0:
            raise ValueError("limit must be >= 0")
        if abs(len(source) - len(target)) > limit:
            return limit + 1
    before = None
    previous = list(range(len(target) + 1))
    for i, a in enumerate(source, 1):
        current = [i]
        for j, b in enumerate(target, 1):
            cost = 0 if a == b else 1
            best = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + cost)
            if swap_cost is not None and i > 1 and j > 1:
                if a == target[j - 2] and source[i - 2] == b:
                    best = min(best, before[j - 2] + swap_cost)
            current.append(best)
        if limit is not None and min(current) > limit:
            return limit + 1
        before = previous
        previous = current
    if limit is not None:
        return min(previous[-1], limit + 1)
    return previous[-1]