"""Examples that a text gives without a call, found by pure functions.

"Given [1, 2] it returns 3", "Input: s = 'abc', Output: 'cba'", "'abc' -> 'cba'": they belong to a
function only if the text asks for a single one.
"""

import re
from collections.abc import Iterator, Sequence

from mcp_server.analysis.examples import Example, exception_name, stands_alone
from mcp_server.analysis.literals import LONGEST, read_literal
from mcp_server.analysis.signatures import Signature

_NOUN = (
    r"(?:(?:the|an?)\s+)?(?:(?:list|array|string|text|str|word|number|integer|int|dict|dictionary"
    r"|tuple|set|float|value|inputs?|arguments?)\s+)?"
)
_GIVEN = re.compile(
    rf"(?:\b(?:given|passing|when\s+(?:given|passed|called\s+with)|called\s+with|for"
    rf"(?!\s+(?:loop|each))|with|on)\s+{_NOUN}|\binputs?\s*(?::|=|is|are|of)\s*`?)(?=[^\s])",
    re.IGNORECASE,
)
_GIVES = re.compile(
    r"[\s,;.`]*(?:then\s+)?(?:(?:it|the\s+(?:function|result|output|answer|return\s+value|sum"
    r"|product|total|count)|this|you\s+get"
    r"|we\s+get|one\s+gets)\s+)?(?:(?:should|must|will|would|shall)\s+)?"
    r"(?:returns?|gives?|yields?|outputs?|produces?|is|be|(?:expected\s+)?(?:output|result)\s*[:=]"
    r"|(?P<raises>raises?(?:\s+an?)?|throws?(?:\s+an?)?))\s*:?\s*",
    re.IGNORECASE,
)
_GET = re.compile(r"[\s,;`]*(?:you|we|one)\s+(?:get|gets|obtain)\s+", re.IGNORECASE)
_ARROW = re.compile(
    r"\s*`?\s*(?:-{1,2}>|={1,2}>|→|⇒|(?:(?:should|must)\s+)?"
    r"(?:becomes?|give|returns?|gives|yields?))"
    r"\s*",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^[ \t]*(?:[-*•]|\d+[.)])?[ \t]*"
    r"(?:(?:examples?|e\.g\.|for example|for instance|so)[:,]?[ \t]+)?",
    re.IGNORECASE | re.MULTILINE,
)
_NAME_IS = re.compile(r"([A-Za-z_]\w*)\s*=\s*(?=[^=])")
_NEXT = re.compile(r"\s*,?\s*\band\s+|\s*,\s*")


def prose_examples(text: str, name: str, signature: Signature | None) -> list[Example]:
    """Examples of the only function that `text` asks for, `name`."""
    return [*_given(text, name, signature), *_arrows(text, name, signature)]


def _given(text: str, name: str, signature: Signature | None) -> Iterator[Example]:
    for match in _GIVEN.finditer(text):
        arguments, end = _arguments(text, match.end(), signature)
        if not arguments:
            continue
        said = _GIVES.match(text, end) or _GET.match(text, end)
        if said and (call := _call(name, arguments, signature)):
            yield from _said(
                name,
                call,
                text[said.end() : said.end() + 2 * LONGEST],
                said.groupdict().get("raises"),
            )


def _arrows(text: str, name: str, signature: Signature | None) -> Iterator[Example]:
    """Lines, and sentences after "for example", that are `literal -> literal`."""
    for match in _LEAD.finditer(text):
        arguments, end = _arguments(text, match.end(), signature)
        said = _ARROW.match(text, end) if arguments else None
        if said and (call := _call(name, arguments, signature)):
            yield from _said(name, call, text[said.end() : said.end() + 2 * LONGEST], None)


def _said(name: str, call: str, after: str, raises: str | None) -> Iterator[Example]:
    if exception := exception_name(after):
        yield Example(name, call, raises=exception)
        return
    found = None if raises else read_literal(after[:LONGEST])
    if found and stands_alone(found[0], after[found[1] :].split("\n", 1)[0]):
        yield Example(name, call, expected=found[0])


def _arguments(
    text: str, start: int, signature: Signature | None
) -> tuple[list[tuple[str | None, str]], int]:
    """Literals in a row, each with the name that stands before it, and where they end."""
    found: list[tuple[str | None, str]] = []
    place = end = start
    most = signature.most if signature else 1
    while len(found) < most:
        named = _NAME_IS.match(text, place)
        value = read_literal(text[named.end() if named else place :][:LONGEST])
        if not value:
            break
        place = end = (named.end() if named else place) + value[1]
        found.append((named[1] if named else None, value[0]))
        between = _NEXT.match(text, place)
        if not between:
            break
        place = between.end()
    return found, end


def _call(
    name: str, arguments: Sequence[tuple[str | None, str]], signature: Signature | None
) -> str | None:
    """The call with these arguments, if the signature allows it; unnamed ones are positional."""
    if signature is None:
        return f"{name}({arguments[0][1]})" if len(arguments) == 1 and not arguments[0][0] else None
    if not signature.fewest <= len(arguments) <= signature.most:
        return None
    order = [p.name for p in signature.parameters]
    names = [given for given, _ in arguments if given]
    if names and (len(names) < len(arguments) or not set(names) <= set(order)):
        return None
    in_order = not names or names == order[: len(names)]
    return f"{name}({', '.join(v if in_order else f'{n}={v}' for n, v in arguments)})"
