"""Examples in tables of Markdown (GFM 4.10) or ASCII art, found by pure functions.

A table holds examples of a function if its cells are literals and its heads say which column is
the outcome: "output", "expected", "f(n)" and the like, or the one that is no parameter.
"""

import re
from collections.abc import Iterator, Sequence

from mcp_server.analysis.examples import Example, exception_name
from mcp_server.analysis.literals import literal, literal_call, read_literal
from mcp_server.analysis.signatures import Signature

_OUTCOME = re.compile(
    r"(?:expected|outputs?|results?|returns?|returned|answer|gives|yields)"
    r"(?:[ _](?:output|result|value|return))?|return[ _]value",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"#|no\.?|case|description|notes?|comment|reason|why|explanation", re.IGNORECASE
)
_RULE = re.compile(r"[\s|:+=-]*[-=]{2,}[\s|:+=-]*|(?:\|\s*:?-+:?\s*)+\|?")
_PART = re.compile(r"(?:\\.|(?<!\w)'(?:\\.|[^'\\])*'|(?<!\w)\"(?:\\.|[^\"\\])*\"|[^|\\])+|\|")

Row = list[str]


def table_examples(text: str, name: str, signature: Signature | None) -> list[Example]:
    """The rows of all tables in `text` as examples of the function `name`."""
    return [example for table in _tables(text) for example in _of_table(table, name, signature)]


def _tables(text: str) -> Iterator[list[Row]]:
    """Tables as rows of cells; the first row holds the heads."""
    rows: list[Row] = []
    for line in [*text.splitlines(), ""]:
        stripped = line.strip()
        if rows and _RULE.fullmatch(stripped):
            continue
        if "|" in stripped and not _RULE.fullmatch(stripped):
            rows.append(_cells(stripped))
        elif not _RULE.fullmatch(stripped) and rows:
            if len(rows) > 1:
                yield rows
            rows = []


def _cells(line: str) -> Row:
    """The cells of a row; a bar in quotes or after a backslash divides nothing."""
    parts = _PART.findall(line)
    cells, cell = [], ""
    for part in parts:
        if part == "|":
            cells.append(cell.strip())
            cell = ""
        else:
            cell += part.replace("\\|", "|")
    cells.append(cell.strip())
    return cells[1 if line.startswith("|") else 0 : -1 if line.endswith("|") else None]


def _of_table(table: Sequence[Row], name: str, signature: Signature | None) -> Iterator[Example]:
    heads = [head.strip("`*_ ") for head in table[0]]
    columns = _columns(heads, name, signature)
    if not columns:
        return
    inputs, outcome = columns
    for row in table[1:]:
        if len(row) != len(heads):
            continue
        call = _call(name, [row[i] for i in inputs], [heads[i] for i in inputs], signature)
        if call and (example := _outcome(name, call, row[outcome])):
            yield example


def _columns(
    heads: Sequence[str], name: str, signature: Signature | None
) -> tuple[list[int], int] | None:
    """The places of the arguments and of the outcome, if the heads say them."""
    names = {p.name for p in signature.parameters} if signature else set()
    kept = [i for i, head in enumerate(heads) if head in names or not _ASIDE.fullmatch(head)]
    outcomes = [i for i in kept if heads[i] not in names and _is_outcome(heads[i], name)]
    if not outcomes and names and len(kept) == len(names) + 1:
        outcomes = [i for i in kept if heads[i] not in names]
    if len(outcomes) != 1 or len(kept) < 2:  # noqa: PLR2004  (an argument and an outcome)
        return None
    return [i for i in kept if i != outcomes[0]], outcomes[0]


def _is_outcome(head: str, name: str) -> bool:
    return bool(_OUTCOME.fullmatch(head)) or head == name or head.startswith(f"{name}(")


def _call(
    name: str, cells: Sequence[str], heads: Sequence[str], signature: Signature | None
) -> str | None:
    """The call that a row's cells stand for: they hold its arguments, or the call itself."""
    if len(cells) == 1:
        whole = literal_call(cells[0].strip("`"))
        if whole and whole[0] == name:
            return whole[1]
    values = [_value(cell) for cell in cells]
    if None in values:
        return None
    given = [value for value in values if value is not None]
    if len(given) == 1 and _is_list_of_arguments(cells[0], signature):
        return f"{name}{given[0]}"
    if signature and not signature.fewest <= len(given) <= signature.most:
        return None
    return f"{name}({', '.join(_arranged(heads, given, signature))})"


def _arranged(
    heads: Sequence[str], values: Sequence[str], signature: Signature | None
) -> Sequence[str]:
    """The arguments in the order of the parameters that the heads name."""
    order = [p.name for p in signature.parameters] if signature else []
    if not set(heads) <= set(order):
        return values
    pairs = sorted(zip(heads, values, strict=True), key=lambda pair: order.index(pair[0]))
    leading = [head for head, _ in pairs] == order[: len(pairs)]
    return [value if leading else f"{head}={value}" for head, value in pairs]


def _is_list_of_arguments(cell: str, signature: Signature | None) -> bool:
    """Whether one cell such as `2, 3` holds the arguments of a function that takes several."""
    bare = cell.strip("` ")
    form = literal(bare)
    if not signature or signature.fewest < 2 or not form or bare.startswith("("):  # noqa: PLR2004
        return False
    return form.startswith("(")


def _value(cell: str) -> str | None:
    """The literal that is the whole cell."""
    bare = cell.strip()
    bare = bare[1:-1].strip() if len(bare) > 1 and bare[0] == bare[-1] == "`" else bare
    found = read_literal(bare)
    return found[0] if found and found[1] == len(bare) else literal(bare)


def _outcome(name: str, call: str, cell: str) -> Example | None:
    raised = re.fullmatch(r"(?:raises?\s+|throws?\s+)?(?:an?\s+)?(.+)", cell.strip("` "), re.DOTALL)
    if raised and (exception := exception_name(raised[1])):
        return Example(name, call, raises=exception)
    value = _value(cell)
    return Example(name, call, expected=value) if value is not None else None
