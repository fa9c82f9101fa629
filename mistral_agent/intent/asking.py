"""Questions in plainer words, so that what is asked for stands where a request has its thing.

In "which functions in @app.py are the worst in terms of nesting?" all after the first "in" would
otherwise only describe the functions.
"""

import re

_IN_A_PLACE = re.compile(
    r"^(?P<thing>(?:which|what|how many|how much)\s(?:[\w-]+\s){0,3})"
    r"(?P<place>(?:in|of|from|within|inside)\s(?:@?[\w./-]+\s|[\w-]+\s){1,4}?)"
    r"(?P<asked>(?:is|are|was|were|has|have|does|do|could|can|should|would|needs?)\s.*)$",
    re.IGNORECASE | re.DOTALL,
)
_RESPECT = re.compile(
    r"\b(?:in terms of|with (?:respect|regard) to|as regards|regarding|when it comes to"
    r"|judging by|measured by)\s",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    r"\b(?:(?:the|an?)\s)?(?:(?:exact|full|precise|current)\s)?"
    r"(?:name|kind|type|version|level|degree|extent)\sof\s"
    r"(?=(?:the|this|that|your|its)\s)",
    re.IGNORECASE,
)
_STRANDED = re.compile(
    r"\s(?:on|in|with|for|to|from|about|at|of|by)(?=\s?(?:[,.?!]|and\b|$))", re.IGNORECASE
)
_ASKS_ON = re.compile(r"(?<=\sand\s)(?:which|what|how)\s", re.IGNORECASE)
# "How deep is the nesting" asks for the nesting, "how badly nested is it" whether it is nested.
_DEGREE = re.compile(
    r"^how\s(?:(?:bad|deep|high|low|severe|serious|strong)\s(?=(?:is|are)\sthe\s\w+\s(?:in|of)\b)"
    r"|[a-z]+ly\s)",
    re.IGNORECASE,
)
_MODAL = r"(?:should|would|could|can|might|must|to|do|need to|have to|ought to)"
# "What should I change in this code" asks to improve it, and so does "how can I make it faster".
_TO_MEND = re.compile(
    rf"^(?:what|how|where|is there (?:any|some)thing|(?:any|some)thing)(?: else)?(?: that)?"
    rf"(?: {_MODAL})?(?: (?:i|you|we|one|this|it|(?:any|some)thing))?(?: {_MODAL})? (?:be )?"
    r"(?:(?:change|improve|fix|mend|correct|optimi[sz]e)d?|do (?:better|differently))\b"
    r"(?: (?:(?:about|in|on|with|to) )?(?=(?:it|this|that|these|those|my|our|the|here)\b)|\W*$)"
    r"(?P<thing>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_TO_MAKE = re.compile(
    rf"^how (?:{_MODAL}) (?:i|we|you|one) (?=(?:make|get) (?:it|this|that|the|my|our)\b)",
    re.IGNORECASE,
)
# "Tell me how complex it is" asks how complex it is.
_HOW_IT_IS = re.compile(
    r"^how (?P<how>\w+) (?P<what>(?!(?:is|are|was|were|do|does)\b)[^?]{1,80}?)"
    r" (?:is|are|turned out|became|ended up)\W*$",
    re.IGNORECASE,
)
# How complex code is asks for its complexity, rather than for anything else that takes code.
_HOW_IS_CODE = re.compile(
    r"^how (?P<how>\w+) (?:is|are) (?=(?:this|that|these|those|the|my|our) (?:\w+ )?"
    r"(?:code|tests?|function|class|script|program|module|method)\b)",
    re.IGNORECASE,
)
_FROM_BEFORE = re.compile(r"(?<=\w) from (?:before|earlier|above)\b", re.IGNORECASE)
_BEHIND = re.compile(
    r"\b(?:is|are|runs?|works?) behind (?:this|the|your)"
    r" (?P<what>server|service|tool|assistant|agent)\b",
    re.IGNORECASE,
)
_WHAT_IT_USES = re.compile(
    r"^(?P<which>which|what) (?P<what>\w+) (?P<who>(?:the|this|your) \w+|you)"
    r" (?:uses?|runs? on)\W*$",
    re.IGNORECASE,
)
_YOU_MADE = re.compile(
    r"\b(?P<what>(?:the|these|those) (?:unit )?\w+) (?:that |which )?you(?:'ve| have| had)?"
    r"(?: just| already)? (?:written|wrote|made|generated|created|produced|built)\b"
    r"(?! (?:to|into)\b)",
    re.IGNORECASE,
)
_CONTAINS = re.compile(r"\bcontains? (?=any\b|some\b|errors\b|bugs\b|mistakes\b)", re.I)
_BLANKS = re.compile(r"\s+")


def plain_question(asked: str) -> str:
    """A question in plainer words: its place last, and what is asked for not hidden in details."""
    plain = _DEGREE.sub("how ", _BLANKS.sub(" ", asked))
    plain = _HOW_IT_IS.sub(r"how \g<how> is \g<what>?", plain)
    plain = _HOW_IS_CODE.sub(r"how \g<how> about ", _FROM_BEFORE.sub("", plain))
    plain = _BEHIND.sub(r"is the \g<what> using", plain)
    plain = _WHAT_IT_USES.sub(r"\g<which> \g<what> is \g<who> using?", plain)
    plain = _CONTAINS.sub("have ", _YOU_MADE.sub(r"\g<what>", plain))
    plain = _ASKS_ON.sub("", _STRANDED.sub("", _ATTRIBUTE.sub("", _RESPECT.sub("", plain))))
    plain = _TO_MAKE.sub("", plain)
    mended = _TO_MEND.match(plain)
    if mended is not None:
        return f"improve {mended['thing'].rstrip('? ').replace('here', '').strip() or 'it'}"
    placed = _IN_A_PLACE.match(plain)
    if placed is None:
        return plain
    return f"{placed['thing']}{placed['asked'].rstrip('?. ')} {placed['place'].strip()}?"
