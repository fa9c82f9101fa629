"""Turns of phrase, each as the plain imperative that it stands for: "whip up" is "create"."""

import re

from mistral_agent.intent.code_phrases import CODE_PHRASES
from mistral_agent.intent.lead_ins import IS_WANTED

_FOR_ME = re.compile(r"^(\w+) for (?:me|us)\b(?=\s+\w)", re.IGNORECASE)
_GO_TO = re.compile(r"^go (?:back |over )?to (?=\S)", re.IGNORECASE)
_GO_OVER = re.compile(
    r"^(?:what do you (?:think|make) (?:of|about)(?= (?:this|it|my|the)\b)|go (?:over|through)"
    r"|look over|(?:take |have )?(?:an? )?(?:\w+ )?look (?:at|into|through|over)"
    r"|cast an eye (?:on|over)) ",
    re.IGNORECASE,
)
_GIVE_OF = re.compile(
    r"^(?:give|get|tell) (?:me |us )?(?=the (?:last|latest|first|newest|next|current|\d)"
    r"|the\b.*\b(?:for|of) (?:it|this|that|them|these)\W*$)",
    re.IGNORECASE,
)
_PART_OF = re.compile(
    r"\b(?:an?|the)\s+(?:(?:full|complete|small|whole|good)\s+)?(?:set|bunch|couple|series|collection"
    r"|handful|lot|pair)\s+of\s+(?=\w)",
    re.IGNORECASE,
)
_CHECK_OUT = re.compile(r"^check out\b", re.IGNORECASE)
_CHECKS_ON = re.compile(
    r"^(?:run|do|perform|make) (?:(?:your|the|some|all|usual) )+checks? (?:on|over|of) ",
    re.IGNORECASE,
)
_PUT_DOWN = re.compile(
    r"^(?:(?:pin|nail|jot) down|(?:figure|work|think|map|spell) (?:out|through)|(?:draw|write) up"
    r"|(?:set|put|write) down)\b",
    re.IGNORECASE,
)
_SPEC = re.compile(r"^spec(?:'?d)? (?:out |up )?(?=(?:an?|the|this|that|it)\b)", re.IGNORECASE)
_MAKE_UP = re.compile(
    r"^(?:(?:hack|throw|put|cobble|knock) together|(?:whip|cook|knock|mock) up"
    r"|go (?:straight|directly|right|on) to (?=the (?:code|implementation|program)\b))\s*",
    re.IGNORECASE,
)
_NUMBERS_ON = re.compile(
    r"^(?:(?:the|some|any) )?(?:numbers?|figures?|metrics?|data|details?|more)"
    r" (?:on|about|for) (?=(?:it|this|that|the|its|my|complexity|maintainability|coverage)\b)"
    r"|^tell (?:me|us) (?:more )?about (?=(?:the|its) \w)",
    re.IGNORECASE,
)
_SET_RIGHT = re.compile(r"^(?:sort|straighten|clean|tidy) (?:out|up) (?=the\b)", re.IGNORECASE)
_THROUGH = re.compile(
    r"^(?:put|run|pass|send) (?P<what>it|this|that|them|@\S+|the \w+) through (?P<tool>\w+)\b",
    re.IGNORECASE,
)
# "A review will do" asks for a review.
_WILL_DO = re.compile(
    r"(?<=\w)\s+(?:(?:will|would|should|may) (?:do|suffice|help|be (?:enough|fine|nice|great|good"
    r"|lovely|perfect)|round it off|complete it)|is (?:enough|fine|sufficient)|suffices)"
    r"(?:\s+(?:for now|now|here|as well|too|this time))?\W*$",
    re.IGNORECASE,
)
_SOME_KIND_OF = re.compile(r"\b(?:some|an?) (?:kind|sort|type) of (?:an? )?(?=\w)", re.IGNORECASE)
_ONLY_FOR = re.compile(r"^(?P<what>(?:an? |the )?\w+) only (?=(?:for|of)\b)", re.IGNORECASE)
_ABOUT_A_NUMBER = re.compile(
    r"\b(?:at (?:least|most)|around|roughly|approximately|a (?:minimum|maximum) of|up to) (?=\d)",
    re.I,
)
_PHRASES = (
    (_WILL_DO, ""),
    (_GO_TO, "switch to "),
    (re.compile(r"^go for (?=an?\b)", re.IGNORECASE), "want "),
    *CODE_PHRASES,
    (_ONLY_FOR, r"\g<what> "),
    (re.compile(r"^mkdir\b", re.IGNORECASE), "create directory"),
    (re.compile(r"^(?:an? )?new (?=\w)", re.IGNORECASE), "create "),
    (_CHECKS_ON, "check "),
    (_FOR_ME, r"\1"),
    (_GO_OVER, "review "),
    (_NUMBERS_ON, "show "),
    (re.compile(r"^set up (?=an?\b)", re.IGNORECASE), "create "),
    (_SPEC, "specify "),
    (_MAKE_UP, "create "),
    (_SET_RIGHT, "fix "),
    (_THROUGH, r"use \g<tool> on \g<what>"),
    (re.compile(r"^double[- ]check\b", re.IGNORECASE), "check"),
    (_GIVE_OF, "show "),
    (_CHECK_OUT, "checkout"),
    (_PUT_DOWN, "draft"),
    (IS_WANTED, r"need \g<thing>"),
)


def without_idioms(spoken: str) -> str:
    """A clause without its lead-in, its turns of phrase in plain words."""
    plain = _SOME_KIND_OF.sub("a ", _PART_OF.sub("some ", spoken))
    plain = _ABOUT_A_NUMBER.sub("", plain)
    for pattern, meaning in _PHRASES:
        plain = pattern.sub(meaning, plain)
    return plain
