"""Turns of phrase about code and its description: "yapf the tests", "make this idea precise"."""

import re

from mistral_agent.intent.vocabulary import FORMATTERS

_FORMATTER = rf"(?P<formatter>{'|'.join(sorted(FORMATTERS))})"
_COMPARED = (
    r"(?:more|less) (?:robust|readable|efficient|pythonic|elegant|concise|compact|idiomatic|general"
    r"|generic|modular|defensive|secure|performant|clunky|complicated|complex|repetitive|hacky"
    r"|verbose|nested|forgiving|maintainable)|cleaner|faster|simpler|shorter|safer|better|nicer"
)
_MAKE_BETTER = re.compile(
    r"^(?:make|get) (?P<what>(?:it|this|that|them)|(?:the|this|that|these|those|my|our) (?:\w+ )?"
    r"(?:code|function|class|method|script|program|snippet|module|query|loop|algorithm))"
    r" (?:to )?(?:run |be |work )?(?!(?:prettier|neater|nicer|cleaner|tidier)\b)"
    r"(?:a (?:bit|lot|little) |much |even )?(?:(?:more|less) [\w-]+|\w+er)"
    r"(?=\W*$|[,.]| (?:and|but|for|please|with|by|on|if|as|when|to|so|than)\b)",
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
    r" (?:an?|another) (?:\w+ )?(?:once-over|look|read|glance)\b",
    re.IGNORECASE,
)
_PEP8 = re.compile(r"^pep[ -]?8 (?=(?:it|this|that|the|my|these|@)\b)", re.IGNORECASE)
_LAY_OUT = re.compile(r"^lay (?P<what>(?:the |this |my |these )?[\w@./-]+) out\b", re.IGNORECASE)
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
_FORMAT_BY_NAME = re.compile(
    rf"^(?:(?:run|use|apply|put|try) )?{_FORMATTER} (?:(?:over|on|to|for) )?"
    r"(?P<what>it\b|this\b|that\b|them\b|everything\b|both\b|@\S+"
    r"|(?:the|my|these|those|its) (?:unit )?\w+)",
    re.IGNORECASE,
)
_FORMATTER_AND_WIDTH = re.compile(rf"^{_FORMATTER}(?P<at>,? (?:with |at )?\d+ \w+)\W*$", re.I)
_RUN_TESTS = re.compile(
    r"^(?:run|execute) (?P<tests>(?:(?:some|the|a few) )?(?:\w+ )?tests)"
    r" (?:over|on|against|through) (?=it|this|that|them|the|my|@)",
    re.IGNORECASE,
)
_VERSION_OF = re.compile(
    rf"^(?:(?:an?|the) )?(?:(?:bit|much|slightly|little|even) )?(?:{_COMPARED}) (?:\w+ )?"
    r"(?:version|form|variant) of ",
    re.IGNORECASE,
)
_BETTER = re.compile(
    rf"^(?:(?:a bit|much|even|somewhat) )?(?:{_COMPARED})(?:\W*$|(?: please\b|,).*$)", re.I
)
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
_SUGGEST = re.compile(
    r"^(?:suggest|propose|recommend|point out) (?:some |any |a few |possible |concrete )*"
    r"(?:improvements?|changes|fixes|enhancements|optimi[sz]ations|refactorings?)\b",
    re.IGNORECASE,
)
_GIVE_IT_A = re.compile(
    r"^give (?P<what>it|this|that|them|\S*[@./]\S+"
    r"|(?:the|this|my|that|these|those) \w+(?: itself)?) "
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

CODE_PHRASES = (
    (_MAKE_PRECISE, r"formalize \g<what>"),
    (_AS_REQUIREMENTS, r"formalize \g<what>"),
    (_LAYOUT, "format "),
    (_SUGGEST, "review it"),
    (_GIVE_IT_A, r"\g<deed> \g<what>"),
    (_ONE_THAT, "create a function "),
    (_FORMAT_BY_NAME, r"format \g<what> with \g<formatter>"),
    (_FORMATTER_AND_WIDTH, r"format with \g<formatter>\g<at>"),
    (_SPEC_OF, "formalize "),
    (_VERSION_OF, "improve "),
    (_BETTER, "improve it"),
    (_HOW_MANY, "how complex is "),
    (_RUN_TESTS, r"write \g<tests> for "),
    (_SUGGESTIONS, "fix the issues"),
    (_TOO_MANY, "is it too complex"),
    (_MAKE_BETTER, r"improve \g<what>"),
    (_COMMENTS_ON, "review "),
    (_ONCE_OVER, r"review \g<what>"),
    (re.compile(r"^(?:sort|order|arrange|group) (?=(?:the |my |its )?imports\b)", re.I), "format "),
    (_INTO_SHAPE, r"format \g<what>"),
    (_PEP8, "format "),
    (_LAY_OUT, r"format \g<what>"),
)
"""Patterns, each with the plain imperative that it stands for."""
