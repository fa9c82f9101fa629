"""Turns of phrase, each as the plain imperative that it stands for: "whip up" is "create"."""

import re

from mistral_agent.intent.lead_ins import IS_WANTED
from mistral_agent.intent.vocabulary import FORMATTERS

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
_PUT_DOWN = re.compile(
    r"^(?:(?:pin|nail|jot) down|(?:figure|work|think|map|spell) (?:out|through)|(?:draw|write) up"
    r"|(?:set|put|write) down)\b",
    re.IGNORECASE,
)
_MAKE_BETTER = re.compile(
    r"^(?:make|get) (?P<what>(?:it|this|that|them)|(?:the|this|that|these|those|my|our) (?:\w+ )?"
    r"(?:code|function|class|method|script|program|snippet|module|query|loop|algorithm))"
    r" (?:to )?(?:run |be |work )?(?!(?:prettier|neater|nicer|cleaner|tidier)\b)"
    r"(?:a (?:bit|lot|little) |much |even )?(?:(?:more|less) [\w-]+|\w+er)"
    r"(?=\W*$|[,.]| (?:and|but|for|please|with|by|on|if|as|when|to|so|than)\b)",
    re.IGNORECASE,
)
_SPEC = re.compile(r"^spec(?:'?d)? (?:out |up )?(?=(?:an?|the|this|that|it)\b)", re.IGNORECASE)
_MAKE_UP = re.compile(
    r"^(?:(?:hack|throw|put|cobble|knock) together|(?:whip|cook|knock|mock) up"
    r"|go (?:straight|directly|right|on) to (?=the (?:code|implementation|program)\b))\s*",
    re.IGNORECASE,
)
_INTO_SHAPE = re.compile(
    r"^(?:bring|get|put) (?P<what>it|this|that|them|@\S+|(?:the|this|that|my) (?:\w+ )?\w+)"
    r" in(?:to)? (?:(?:a |the )?(?:pep ?8|good|proper|better|right|nice) )?"
    r"(?:shape|form|order|line)\b",
    re.IGNORECASE,
)
_COMMENTS_ON = re.compile(
    r"^(?:your|any|some|a few) (?:\w+ )?"
    r"(?:comments?|thoughts?|opinions?|remarks?|views?|take|verdict)"
    r" (?:on|about|of|regarding) ",
    re.IGNORECASE,
)
_ONCE_OVER = re.compile(
    r"^give (?P<what>it|this|that|them|\S*[@./]\S+|(?:the|this|my) \w+)"
    r" (?:an?|another) (?:\w+ )?(?:once-over|look|read|check|glance)\b",
    re.IGNORECASE,
)
_NUMBERS_ON = re.compile(
    r"^(?:(?:the|some|any) )?(?:numbers?|figures?|metrics?|data|details?|more)"
    r" (?:on|about|for) (?=(?:it|this|that|the|its|my|complexity|maintainability|coverage)\b)"
    r"|^tell (?:me|us) (?:more )?about (?=(?:the|its) \w)",
    re.IGNORECASE,
)
_SET_RIGHT = re.compile(r"^(?:sort|straighten|clean|tidy) (?:out|up) (?=the\b)", re.IGNORECASE)
_PEP8 = re.compile(r"^pep[ -]?8 (?=(?:it|this|that|the|my|these|@)\b)", re.IGNORECASE)
_LAY_OUT = re.compile(r"^lay (?P<what>(?:the |this |my |these )?[\w@./-]+) out\b", re.IGNORECASE)
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
_MAKE_PRECISE = re.compile(
    r"^make (?P<what>(?:this|that|the|my|our|these|those) (?:\w+ )?(?:idea|task|request|wish"
    r"|thought|plan|concept|requirement|ticket|story)s?) (?:more |as )?"
    r"(?:precise|concrete|formal|clear|clearer|explicit|specific|exact|unambiguous)\b",
    re.IGNORECASE,
)
_LAYOUT = re.compile(
    r"^(?:sort|straighten|clean|tidy|neaten|polish) (?:(?:out|up) )?"
    r"(?=(?:the|its|this|my) (?:\w+ )?(?:layout|formatting|format|indentation|indents|whitespace"
    r"|spacing|spaces|line breaks)\b)",
    re.IGNORECASE,
)
_FORMATTER = rf"(?P<formatter>{'|'.join(sorted(FORMATTERS))})"
_FORMAT_BY_NAME = re.compile(
    rf"^{_FORMATTER} (?:(?:afterwards|then|next|finally) )?(?:(?:on|over) )?"
    r"(?P<what>it\b|this\b|that\b|them\b|everything\b|@\S+|(?:the|my|these|those) (?:unit )?\w+)",
    re.IGNORECASE,
)
_FORMATTER_AND_WIDTH = re.compile(rf"^{_FORMATTER}(?P<at>,? (?:with |at )?\d+ \w+)\W*$", re.I)
_RUN_TESTS = re.compile(
    r"^(?:run|execute) (?P<tests>(?:(?:some|the|a few) )?(?:\w+ )?tests)"
    r" (?:over|on|against|through) (?=it|this|that|them|the|my|@)",
    re.IGNORECASE,
)
_COMPARED = (
    r"(?:more|less) (?:robust|readable|efficient|pythonic|elegant|concise|compact|idiomatic|general"
    r"|generic|modular|defensive|secure|performant|clunky|complicated|complex|repetitive|hacky"
    r"|verbose|nested|forgiving|maintainable)|cleaner|faster|simpler|shorter|safer|better|nicer"
)
_VERSION_OF = re.compile(
    rf"^(?:(?:an?|the) )?(?:(?:bit|much|slightly|little|even) )?(?:{_COMPARED}) (?:\w+ )?"
    r"(?:version|form|variant) of ",
    re.IGNORECASE,
)
_BETTER = re.compile(
    rf"^(?:(?:a bit|much|even|somewhat) )?(?:{_COMPARED})(?:\W*$|(?: please\b|,).*$)", re.I
)
_SOME_KIND_OF = re.compile(r"\b(?:some|an?) (?:kind|sort|type) of (?:an? )?(?=\w)", re.IGNORECASE)
_ONLY_FOR = re.compile(r"^(?P<what>(?:an? |the )?\w+) only (?=(?:for|of)\b)", re.IGNORECASE)
_HOW_MANY = re.compile(
    r"^how many (?:branches|ifs|conditions|levels|nested \w+) (?:are|is|does|do|has|have)"
    r" (?=(?:in )?(?:here|it|this(?! (?:repo|project|remote)))\b)",
    re.IGNORECASE,
)
_SPEC_OF = re.compile(
    r"^(?:an? |the |some )?(?:\w+ )?(?:spec|specification|requirements?) (?:for|of|from) "
    r"(?=(?:this|that|the|my|our) (?:\w+ )?(?:idea|task|request|wish|plan|concept)\b)",
    re.IGNORECASE,
)
_RUN_FORMATTER = re.compile(
    rf"^(?:run|use|apply|put|try) {_FORMATTER} (?:over|on|to|for) "
    r"(?P<what>it\b|this\b|that\b|them\b|everything\b|both\b|@\S+"
    r"|(?:the|my|these|those) (?:unit )?\w+)",
    re.IGNORECASE,
)
_ABOUT_A_NUMBER = re.compile(
    r"\b(?:at (?:least|most)|around|roughly|approximately|a (?:minimum|maximum) of|up to) (?=\d)",
    re.I,
)
_SUGGEST = re.compile(
    r"^(?:suggest|propose|recommend|point out) (?:some |any |a few |possible |concrete )*"
    r"(?:improvements?|changes|fixes|enhancements|optimi[sz]ations|refactorings?)\b",
    re.IGNORECASE,
)
_GIVE_IT_A = re.compile(
    r"^give (?P<what>it|this|that|them|@\S+|(?:the|this|my|that|these|those) \w+(?: itself)?) "
    r"(?:an?|another|some) (?:\w+ )?(?P<deed>review|audit|check|test|reformat|refactoring)\b",
    re.IGNORECASE,
)
_ONE_THAT = re.compile(
    r"^(?:do|make|write|give me|add|create) (?:another )?one (?=(?:that|which)\s\w+s\b)", re.I
)
_SUGGESTIONS = re.compile(
    r"^(?:apply|implement|incorporate|address|adopt|follow|work in|take in|resolve) "
    r"(?:all )?(?:of )?(?:the|your|these|those|its|that) (?:\w+ )?(?:suggestion|suggested change"
    r"|recommendation|comment|remark|feedback|advice|proposal|improvement)s?\b"
    r"(?: (?:from|of|in) (?:your|the|that|this) review)?",
    re.IGNORECASE,
)
_AS_REQUIREMENTS = re.compile(
    r"^(?:describe|write|phrase|put|express|state|word) (?P<what>(?:our|the|this|that|my|it)\b"
    r"[^,;:]{0,40}?) as (?:an? |some )?(?:\w+ )?"
    r"(?:requirements?|specifications?|spec|user stor(?:y|ies))\b",
    re.IGNORECASE,
)
_TOO_MANY = re.compile(
    r"^(?:(?:does|has|have|is|are) (?:it|this|that|there|this code)(?: have)? )?too (?:many|much)"
    r" (?:branch(?:es|ing)|ifs|conditions|conditionals|nesting|nested \w+|levels(?: of \w+)?)\b",
    re.IGNORECASE,
)
_PHRASES = (
    (_WILL_DO, ""),
    (_GO_TO, "switch to "),
    (re.compile(r"^go for (?=an?\b)", re.IGNORECASE), "want "),
    (_MAKE_PRECISE, r"formalize \g<what>"),
    (_AS_REQUIREMENTS, r"formalize \g<what>"),
    (_LAYOUT, "format "),
    (_RUN_FORMATTER, r"format \g<what> with \g<formatter>"),
    (_SUGGEST, "review it"),
    (_GIVE_IT_A, r"\g<deed> \g<what>"),
    (_ONE_THAT, "create a function "),
    (_FORMAT_BY_NAME, r"format \g<what> with \g<formatter>"),
    (_FORMATTER_AND_WIDTH, r"format with \g<formatter>\g<at>"),
    (_SPEC_OF, "formalize "),
    (_VERSION_OF, "improve "),
    (_BETTER, "improve it"),
    (_ONLY_FOR, r"\g<what> "),
    (_HOW_MANY, "how complex is "),
    (_RUN_TESTS, r"write \g<tests> for "),
    (_SUGGESTIONS, "fix the issues"),
    (_TOO_MANY, "is it too complex"),
    (_MAKE_BETTER, r"improve \g<what>"),
    (re.compile(r"^mkdir\b", re.IGNORECASE), "create directory"),
    (re.compile(r"^(?:an? )?new (?=\w)", re.IGNORECASE), "create "),
    (_FOR_ME, r"\1"),
    (_GO_OVER, "review "),
    (_COMMENTS_ON, "review "),
    (_ONCE_OVER, r"review \g<what>"),
    (_NUMBERS_ON, "show "),
    (re.compile(r"^set up (?=an?\b)", re.IGNORECASE), "create "),
    (_SPEC, "specify "),
    (_MAKE_UP, "create "),
    (_SET_RIGHT, "fix "),
    (_PEP8, "format "),
    (re.compile(r"^(?:sort|order|arrange|group) (?=(?:the |my |its )?imports\b)", re.I), "format "),
    (_INTO_SHAPE, r"format \g<what>"),
    (_LAY_OUT, r"format \g<what>"),
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
