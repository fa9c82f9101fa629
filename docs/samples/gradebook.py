SCALE = [(90, "A"), (80, "B"), (70, "C"), (60, "D")]
WEIGHTS = {"exam": 0.5, "homework": 0.3, "quiz": 0.2}


def letter(score):
    if score < 0 or score > 100:
        raise ValueError("score out of range: %s" % score)
    for minimum, name in SCALE:
        if score >= minimum:
            low = score - minimum
            if name != "D" and low < 3:
                return name + "-"
            if low >= 7 and name != "D":
                return name + "+" if name != "A" else "A"
            return name
    return "F"


def average(scores, drop_lowest=False):
    scores = [s for s in scores if s is not None]
    if drop_lowest and len(scores) > 1:
        scores.remove(min(scores))
    if not scores:
        return None
    return sum(scores) / len(scores)


def final_grade(record, drop_lowest=False):
    total = 0
    used = 0
    for kind, scores in record.items():
        if kind not in WEIGHTS:
            raise KeyError(kind)
        mean = average(scores, drop_lowest and kind != "exam")
        if mean is None:
            continue
        total += mean * WEIGHTS[kind]
        used += WEIGHTS[kind]
    if used == 0:
        return "incomplete"
    return letter(round(total / used, 1))


def ranking(students):
    """Return names by their mean over all scores, best first, ties by name."""
    means = {}
    for name, record in students.items():
        scores = [s for kind in record.values() for s in kind]
        means[name] = average(scores) or 0
    return sorted(means, key=lambda name: (-means[name], name))